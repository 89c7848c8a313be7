// Reads the catalogues and says what is wrong between them, without knowing the code that uses them.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const WEB = fileURLToPath(new URL('../../', import.meta.url))
export const LANGS = ['zh', 'en'] as const
export type Lang = (typeof LANGS)[number]

/** Every text of one language by its whole key, such as `desk.queue.mine`. */
export type Catalogue = Map<string, string>

/** The catalogues' names, which are the first parts of all keys. */
export function names(): string[] {
  const files = new Set(LANGS.flatMap((lang) => readdirSync(join(WEB, 'texts', lang))))
  return [...files].filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))
}

/** All texts of a language. */
export function catalogue(lang: Lang): Catalogue {
  const found: Catalogue = new Map()
  for (const name of names()) {
    flatten(name, JSON.parse(readFileSync(join(WEB, 'texts', lang, `${name}.json`), 'utf8')), found)
  }
  return found
}

function flatten(at: string, value: unknown, into: Catalogue): void {
  if (typeof value === 'string') {
    into.set(at, value)
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, below] of Object.entries(value)) flatten(`${at}.${key}`, below, into)
  } else {
    throw new Error(`${at} holds neither a text nor more keys`)
  }
}

/** The keys of `one` that `other` lacks. */
export function missing(one: Catalogue, other: Catalogue): string[] {
  return [...one.keys()].filter((key) => !other.has(key))
}

/** The places to fill in, such as `{count}`; `{'@'}` is a written character and no such place. */
export function places(text: string): Set<string> {
  return new Set([...text.matchAll(/\{\s*([\w]+)\s*\}/g)].map((match) => match[1] ?? ''))
}

/** The forms of a text that counts something, split at `|`. */
export function forms(text: string): string[] {
  return text.replace(/\{'\|'\}/g, '').split('|').map((form) => form.trim())
}

/** What is wrong with the places of a key's two texts. */
export function unequalPlaces(zh: Catalogue, en: Catalogue): string[] {
  const faults: string[] = []
  for (const [key, text] of zh) {
    const other = en.get(key)
    if (other === undefined) continue
    const [here, there] = [[...places(text)].sort().join(), [...places(other)].sort().join()]
    if (here !== there) faults.push(`${key}: zh fills in {${here}}, en {${there}}`)
  }
  return faults
}

/** English counts things in two forms, Chinese in one. */
export function pluralFaults(zh: Catalogue, en: Catalogue): string[] {
  const faults: string[] = []
  for (const [key, text] of en) {
    const said = forms(text)
    if (said.length > 3) faults.push(`${key}: en has ${said.length} forms, at most three are told apart`)
    if (said.some((form) => form === '')) faults.push(`${key}: en has an empty form`)
    if (said.length === 1 && /\{(n|count)\} (?:[a-z]+ )?[a-z]{2,}s\b/.test(text) && !/\bof \{/.test(text)) {
      faults.push(`${key}: en says "${text}" also of one`)
    }
    const chinese = zh.get(key)
    if (chinese !== undefined && forms(chinese).length > said.length) faults.push(`${key}: zh has more forms than en`)
  }
  return faults
}

const CJK = /[\u3400-\u9fff\uf900-\ufaff]/

/** Whether a text has Chinese characters. */
export function chinese(text: string): boolean {
  return CJK.test(text)
}

/** Texts in the wrong language: Chinese in the English catalogue, and nothing but words of Latin letters in the Chinese one. */
export function wrongLanguage(lang: Lang, texts: Catalogue, allowed: ReadonlySet<string>): string[] {
  const wrong = (text: string): boolean => {
    const bare = text.replace(/\{[^}]*\}|@:[\w.]+/g, '')
    return lang === 'en' ? chinese(bare) : !chinese(bare) && /[a-z]{2,}/i.test(bare)
  }
  return [...texts].filter(([key, text]) => !allowed.has(key) && wrong(text)).map(([key, text]) => `${key}: ${text}`)
}
