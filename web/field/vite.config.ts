import type { Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { surface } from '../vite.shared.ts'
import { icon } from './icon.ts'

const ICONS = { 'icon-192.png': () => icon(192), 'icon-512.png': () => icon(512), 'icon-mask-512.png': () => icon(512, true) }

/** Draws the icons into the bundle, so that no picture stands in the tree. */
function icons(): Plugin {
  return {
    name: 'gewang-icons',
    apply: 'build',
    generateBundle() {
      for (const [fileName, draw] of Object.entries(ICONS)) this.emitFile({ type: 'asset', fileName, source: draw() })
    },
  }
}

const installable = VitePWA({
  strategies: 'injectManifest',
  srcDir: '.',
  filename: 'sw.ts',
  injectRegister: false,
  scope: '/field/',
  // The map is large and is kept when it is first opened; everything else is there from the first visit on.
  injectManifest: { globPatterns: ['**/*.{js,css,html,png}'], globIgnores: ['**/maplibre*', '**/MapView*', 'icon-*512*'] },
  manifest: {
    id: '/field/',
    name: '格网 Gewang',
    short_name: '格网',
    description: '网格员手机端 · The grid worker’s phone',
    lang: 'zh-CN',
    start_url: '/field/',
    scope: '/field/',
    display: 'standalone',
    orientation: 'portrait',
    background_color: '#f5f6f8',
    theme_color: '#ffffff',
    icons: [
      { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
      { src: 'icon-mask-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
    shortcuts: [{ name: '上报 · Report', url: '/field/report' }],
  },
})

export default surface('field', [icons(), installable])
