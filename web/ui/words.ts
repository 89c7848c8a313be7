import { computed, inject, shallowReactive, type InjectionKey, type Ref } from 'vue'
import { say, type Lang, type Text } from '@core/text'

/** The texts of one catalogue file, nested by key. */
export interface Catalogue {
  [key: string]: string | Catalogue
}

interface Found {
  text: string
  lang: Lang
}

/** What stands in a text's places: `{n} photos`. */
export type Places = Record<string, unknown>
export type Say = (key: string, places?: Places, n?: number) => string

/**
 * The texts of the page in the language chosen. A text with forms (`{n} day | {n} days`) is said in the one that the language has
 * for `n`; of three the first is for nothing at all.
 */
export class Words {
  private readonly catalogues = shallowReactive(new Map<Lang, Catalogue>())
  /** What was looked up, until the language or a catalogue changes: pages say the same words many times. */
  private readonly known = computed(() => {
    void [this.lang.value, ...this.catalogues.values()]
    return new Map<string, Found | undefined>()
  })

  constructor(private readonly lang: Readonly<Ref<Lang>>) {}

  learn(lang: Lang, catalogue: Catalogue): void {
    this.catalogues.set(lang, catalogue)
  }

  knows(lang: Lang): boolean {
    return this.catalogues.has(lang)
  }

  has(key: string): boolean {
    return this.find(key) !== undefined
  }

  /** The text of a key; where no language has it, the key itself. */
  readonly t: Say = (key, places, n) => {
    const found = this.find(key)
    if (!found) return key
    const text = n === undefined || !found.text.includes('|') ? found.text : form(found.text.split('|'), found.lang, n)
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(places?.[name] ?? (name === 'n' ? (n ?? '') : '')))
  }

  /** A text of the town in the language chosen. */
  readonly say = (text: Text | null | undefined): string => say(text, this.lang.value)

  private find(key: string): Found | undefined {
    const known = this.known.value
    if (!known.has(key)) known.set(key, this.lookUp(key))
    return known.get(key)
  }

  private lookUp(key: string): Found | undefined {
    const path = key.split('.')
    for (const lang of new Set<Lang>([this.lang.value, 'zh', 'en'])) {
      let at: string | Catalogue | undefined = this.catalogues.get(lang)
      for (const step of path) at = typeof at === 'object' ? at[step] : undefined
      if (typeof at === 'string') return { text: at, lang }
    }
    return undefined
  }
}

export const WORDS: InjectionKey<Words> = Symbol('words')

/** The texts of the page, for components that need nothing else of the town: they can be drawn before it is known. */
export function useWords(): { t: Say; say: (text: Text | null | undefined) => string } {
  const words = inject(WORDS)
  if (!words) throw new Error('installTown was not called for this app')
  return { t: words.t, say: words.say }
}

const rules = new Map<Lang, Intl.PluralRules>()

function form(forms: string[], lang: Lang, n: number): string {
  if (forms.length > 2 && n === 0) return (forms[0] ?? '').trim()
  const rule = rules.get(lang) ?? new Intl.PluralRules(lang)
  rules.set(lang, rule)
  const [one = '', other = one] = forms.slice(-2)
  return (rule.select(n) === 'one' ? one : other).trim()
}
