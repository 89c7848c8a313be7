import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { build, type Plugin } from 'vite'

const LANGS = ['zh', 'en'] as const
/** What may stand in a language, by the name of its page. */
type Draw = (lang: (typeof LANGS)[number]) => Promise<Record<string, string>>

/**
 * Draws a surface's `shell.ts`, where it has one, into its page: what stands there until the scripts do. Each of its pages lies there
 * once in each language, as text that a slow phone need not take apart; the script in the page's head puts the right one up.
 */
export function shell(root: string, alias: Record<string, string>): Plugin {
  const source = join(root, 'shell.ts')
  return {
    name: 'gewang-shell',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      async handler() {
        if (!existsSync(source)) return []
        const draw = await drawing(root, source, alias)
        const drawn = await Promise.all(LANGS.map(async (lang) => Object.entries(await draw(lang)).map(([page, html]) => ({ id: `shell-${page}-${lang}`, html }))))
        return drawn.flat().map(({ id, html }) => ({ tag: 'script', attrs: { id, type: 'text/html' }, children: bare(html), injectTo: 'body' as const }))
      },
    },
  }
}

/** Without the marks by which Vue would find its way again: the scripts draw the page anew. */
function bare(html: string): string {
  return html.replace(/<!--.*?-->/g, '')
}

/** What draws it, built for this Node as the surface is for browsers, so that its styles bear the same marks. */
async function drawing(root: string, source: string, alias: Record<string, string>): Promise<Draw> {
  // Beside the packages, so that what it imports of them is found.
  const folder = await mkdtemp(join(root, '../node_modules/.gewang-shell-'))
  try {
    await build({ configFile: false, root, logLevel: 'warn', plugins: [vue()], resolve: { alias }, build: { ssr: source, outDir: folder, emptyOutDir: true, rolldownOptions: { output: { entryFileNames: 'shell.mjs' } } } })
    return ((await import(pathToFileURL(join(folder, 'shell.mjs')).href)) as { default: Draw }).default
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
