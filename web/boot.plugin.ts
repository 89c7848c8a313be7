import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin, type Rolldown } from 'vite'

type Bundle = Rolldown.OutputBundle
type Chunk = Rolldown.OutputChunk

/**
 * Builds a surface's `boot.ts`, where it has one, to a script of its own in the page's head. It is told by its `data-files` which
 * files hold the texts of a language and the views that are read later, and by `data-entry` the page's own script: that one it
 * begins itself, once what stands before it has been painted.
 */
export function boot(root: string, base: string, alias: Record<string, string>): Plugin {
  const source = join(root, 'boot.ts')
  let asset: string | undefined
  return {
    name: 'gewang-boot',
    apply: 'build',
    async buildStart() {
      if (!existsSync(source)) return
      const made = await build({
        configFile: false,
        logLevel: 'warn',
        resolve: { alias },
        build: { write: false, target: 'es2022', modulePreload: false, rolldownOptions: { input: source, output: { format: 'iife' } } },
      })
      const [chunk] = ([made].flat() as Rolldown.RolldownOutput[]).flatMap(({ output }) => output)
      if (chunk?.type !== 'chunk') throw new Error(`nothing came of ${source}`)
      asset = this.emitFile({ type: 'asset', name: 'boot.js', source: chunk.code })
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        if (!bundle || asset === undefined) return []
        const file = Object.values(bundle).find((one) => one.type === 'asset' && one.names.includes('boot.js'))?.fileName
        if (file === undefined) throw new Error('the boot script is missing')
        const files: Record<string, string[]> = {}
        for (const { name, fileName } of readLater(bundle)) (files[name] ??= []).push(base + fileName)
        const [whole, entry] = /<script type="module"[^>]* src="([^"]+)"><\/script>/.exec(html) ?? []
        if (whole === undefined || entry === undefined) throw new Error('the page names no script of its own')
        return {
          html: html.replace(whole, `<link rel="modulepreload" crossorigin href="${entry}">`),
          tags: [{ tag: 'script', attrs: { src: base + file, 'data-files': JSON.stringify(files), 'data-entry': entry }, injectTo: 'head-prepend' as const }],
        }
      },
    },
  }
}

/** The texts by language, and the views. */
function readLater(bundle: Bundle): Chunk[] {
  return Object.values(bundle).filter((one): one is Chunk => one.type === 'chunk' && ['zh', 'en', 'views'].includes(one.name))
}
