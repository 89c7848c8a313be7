import type { Lang } from '@core/text'
import { firstLang } from './preference'
import type { Catalogue } from './words'

/** A surface's own catalogue by language. */
export type Texts = Record<Lang, () => Promise<{ default: unknown }>>

const asked = new Map<Lang, Promise<Catalogue>>()

/** All texts of a surface in one language, by the key under which each catalogue's stand. */
export function textsOf(lang: Lang, surface: string, texts: Texts): Promise<Catalogue> {
  const found = asked.get(lang) ?? read(lang, surface, texts)
  asked.set(lang, found)
  // What failed is asked for again.
  found.catch(() => asked.delete(lang))
  return found
}

/** Begins to read the texts that will be needed first. Called before the page's other scripts run, they come meanwhile. */
export function readAhead(surface: string, texts: Texts): Texts {
  void textsOf(firstLang(undefined), surface, texts).catch(() => undefined)
  return texts
}

async function read(lang: Lang, surface: string, texts: Texts): Promise<Catalogue> {
  const shared = lang === 'zh'
    ? [import('@texts/zh/core.json'), import('@texts/zh/ui.json')]
    : [import('@texts/en/core.json'), import('@texts/en/ui.json')]
  const [own, core, ui] = await Promise.all([texts[lang](), ...shared])
  return { core: core?.default as Catalogue, ui: ui?.default as Catalogue, [surface]: own.default as Catalogue }
}
