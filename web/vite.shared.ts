import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { PluginOption, UserConfig } from 'vite'

export type Surface = 'field' | 'desk' | 'wall' | 'public' | 'home'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const alias = {
  '@api': here('./api'),
  '@core': here('./core'),
  '@ui': here('./ui'),
  '@texts': here('./texts'),
}

/** How a surface is built: an entry and a bundle of its own, served below its own address. */
export function surface(name: Surface, plugins: PluginOption[] = []): UserConfig {
  return {
    root: here(`./${name}`),
    base: name === 'home' ? '/' : `/${name}/`,
    publicDir: false,
    plugins: [vue(), ...plugins],
    resolve: { alias },
    define: {
      __VUE_OPTIONS_API__: name === 'desk' || name === 'field',
      __VUE_PROD_DEVTOOLS__: false,
      __VUE_I18N_FULL_INSTALL__: false,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
    },
    build: {
      outDir: here(`./dist/${name}`),
      emptyOutDir: true,
      target: 'es2022',
      assetsDir: name === 'home' ? 'home-assets' : 'assets',
      chunkSizeWarningLimit: 1500,
    },
    server: {
      proxy: { '/api': { target: process.env['GEWANG_API'] ?? 'http://127.0.0.1:8080', changeOrigin: false } },
    },
  }
}
