import type { Lang } from '@core/text'
import { firstLang } from './preference'
import type { Catalogue } from './words'

/** The texts of a surface by language, each in one file: its own, core's and ui's by the key under which they stand. */
export type Texts = Record<Lang, () => Promise<{ default: Catalogue }>>

const asked = new Map<Lang, Promise<Catalogue>>()

/** All texts of a surface in one language. */
export function textsOf(lang: Lang, texts: Texts): Promise<Catalogue> {
  const found = asked.get(lang) ?? texts[lang]().then((read) => read.default)
  asked.set(lang, found)
  // What failed is asked for again.
  found.catch(() => asked.delete(lang))
  return found
}

/** Begins to read the texts that will be needed first. Called before the page's other scripts run, they come meanwhile. */
export function readAhead(texts: Texts): Texts {
  void textsOf(firstLang(undefined), texts).catch(() => undefined)
  return texts
}
