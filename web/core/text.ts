/** A language of the product. */
export type Lang = 'zh' | 'en'

/** A text in the languages it has; a town's own texts may lack one. */
export interface Text {
  zh?: string
  en?: string
}

/** The text in `lang`, in the other language where it lacks that one, and empty where there is none. */
export function say(text: Text | null | undefined, lang: Lang): string {
  if (!text) return ''
  const other: Lang = lang === 'zh' ? 'en' : 'zh'
  return text[lang] || text[other] || ''
}

/** The product's language for what a browser or an address asks (`zh-CN`, `en-GB`…); undefined where it is neither. */
export function langOf(tag: string | null | undefined): Lang | undefined {
  const low = (tag ?? '').toLowerCase()
  if (low.startsWith('zh')) return 'zh'
  if (low.startsWith('en')) return 'en'
  return undefined
}

/** A key of the catalogues with what its sentence fills in: how core says something without having a language. */
export interface Said {
  key: string
  params: Record<string, string | number>
}
