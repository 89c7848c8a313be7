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
      __VUE_OPTIONS_API__: false,
      __VUE_PROD_DEVTOOLS__: false,
    },
    build: {
      outDir: here(`./dist/${name}`),
      emptyOutDir: true,
      target: 'es2022',
      assetsDir: name === 'home' ? 'home-assets' : 'assets',
      chunkSizeWarningLimit: 1500,
      rolldownOptions: { output: { codeSplitting: { groups: [{ name: chunkOf() }] } } },
    },
    server: {
      proxy: { '/api': { target: process.env['GEWANG_API'] ?? 'http://127.0.0.1:8080', changeOrigin: false } },
    },
  }
}

interface Modules { getModuleInfo: (id: string) => { isEntry: boolean; importers: readonly string[]; importedIds: readonly string[] } | null }

/**
 * Puts together what is needed together, since every file costs a slow phone time: all that the entry imports, though views read
 * later need some of it too, and the texts of a language.
 */
function chunkOf(): (id: string, modules: Modules) => string | null {
  const first = new Set<string>()
  const reach = (id: string, modules: Modules): void => {
    for (const next of modules.getModuleInfo(id)?.importedIds ?? []) {
      if (first.has(next)) continue
      first.add(next)
      reach(next, modules)
    }
  }
  let entry: string | undefined
  return (id, modules) => {
    const language = /\/texts\/(zh|en)\//.exec(id)?.[1]
    if (language) return language
    entry ??= entryOf(id, modules)
    if (entry !== undefined && first.size === 0) reach(entry, modules)
    return first.has(id) ? 'first' : null
  }
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
