import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { PluginOption, UserConfig } from 'vite'
import { boot } from './boot.plugin.ts'
import { shell } from './shell.plugin.ts'

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
  const base = name === 'home' ? '/' : `/${name}/`
  return {
    root: here(`./${name}`),
    base,
    publicDir: false,
    plugins: [vue(), boot(here(`./${name}`), base, alias), shell(here(`./${name}`), alias), compiledAside(), ...plugins],
    resolve: { alias },
    define: {
      __VUE_OPTIONS_API__: false,
      __VUE_PROD_DEVTOOLS__: false,
    },
    build: {
      outDir: here(`./dist/${name}`),
      emptyOutDir: true,
      target: 'es2022',
      assetsDir: name === 'home' ? 'home-assets' : 'assets',
      chunkSizeWarningLimit: 1500,
      rolldownOptions: { output: { codeSplitting: { groups: [{ name: chunkOf(here(`./${name}/views.ts`)) }] } } },
    },
    server: {
      proxy: { '/api': { target: process.env['GEWANG_API'] ?? 'http://127.0.0.1:8080', changeOrigin: false } },
    },
  }
}

/** Asks the browser to compile whole what is mostly run at once: it does that aside while the file comes, and not on first calls. */
function compiledAside(): PluginOption {
  return {
    name: 'gewang-compiled-aside',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type === 'chunk' && (chunk.isEntry || ['first', 'views'].includes(chunk.name))) chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`
        }
      },
    },
  }
}

interface Modules { getModuleInfo: (id: string) => { isEntry: boolean; importers: readonly string[]; importedIds: readonly string[] } | null }

/**
 * Puts together what is needed together, since every file costs a slow phone time: all that the entry imports, though views read
 * later need some of it too; and all that `views.ts` imports, where a surface has such views. Their styles are read at first: a
 * sheet that comes later has the whole page styled anew, just when somebody waits for a view.
 */
function chunkOf(later: string): (id: string, modules: Modules) => string | null {
  let first: Set<string> | undefined
  let views: Set<string> | undefined
  return (id, modules) => {
    const entry = first ? undefined : entryOf(id, modules)
    if (entry !== undefined) first = reach([entry], modules)
    if (first?.has(id)) return 'first'
    views ??= modules.getModuleInfo(later) ? reach([later], modules) : new Set()
    if (!views.has(id)) return null
    return /\.css$/.test(id) ? 'first' : 'views'
  }
}

/** These modules and all that they import at once. */
function reach(from: readonly string[], modules: Modules): Set<string> {
  const found = new Set(from)
  for (const id of found) for (const next of modules.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  return found
}

/** The entry from which a module is reached. */
function entryOf(id: string, modules: Modules): string | undefined {
  const seen = new Set([id])
  for (const one of seen) {
    const info = modules.getModuleInfo(one)
    if (info?.isEntry) return one
    for (const above of info?.importers ?? []) seen.add(above)
  }
  return undefined
}
