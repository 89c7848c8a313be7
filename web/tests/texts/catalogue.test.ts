// @vitest-environment node
// Holds the catalogues to each other and to the code: nothing missing, nothing dead, nothing left in one language only.
import { describe, expect, it } from 'vitest'
import { LANGS, catalogue, missing, names, pluralFaults, unequalPlaces, wrongLanguage } from './catalogues.ts'
import { readComponent, readScript, readSources, type Source } from './sources.ts'

/** Texts that are alike in both languages, or stand in the other language on purpose, each with why. */
const ALIKE: Record<string, string> = {
  // The way back for whoever has switched to a language that they cannot read.
  'desk.palette.other_language': 'said in the other language',
  'ui.language.en': 'each is named in itself',
  'ui.language.zh': 'each is named in itself',
}

/** Texts in code that are no texts of a screen, each with why. */
const NOT_A_TEXT: Record<string, string> = {}

const zh = catalogue('zh')
const en = catalogue('en')
const source = readSources()

describe('the two catalogues', () => {
  it('have the same keys', () => {
    expect({ onlyZh: missing(zh, en), onlyEn: missing(en, zh) }).toEqual({ onlyZh: [], onlyEn: [] })
  })

  it('have no empty text', () => {
    const empty = LANGS.flatMap((lang) => [...catalogue(lang)].filter(([, text]) => text.trim() === '').map(([key]) => `${lang} ${key}`))
    expect(empty).toEqual([])
  })

  it('say nothing alike in both languages', () => {
    const letters = (text: string): boolean => /[\p{L}]{2,}/u.test(text.replace(/\{[^}]*\}|@:[\w.]+/g, ''))
    const alike = [...zh].filter(([key, text]) => letters(text) && en.get(key) === text && !(key in ALIKE))
    expect(alike.map(([key, text]) => `${key}: ${text}`)).toEqual([])
  })

  it('are each in their own language', () => {
    const allowed = new Set(Object.keys(ALIKE))
    expect({ zh: wrongLanguage('zh', zh, allowed), en: wrongLanguage('en', en, allowed) }).toEqual({ zh: [], en: [] })
  })

  it('fill in the same places', () => {
    expect(unequalPlaces(zh, en)).toEqual([])
  })

  it('count in the forms of their language', () => {
    expect(pluralFaults(zh, en)).toEqual([])
  })

  it('allow nothing alike that is gone', () => {
    expect(Object.keys(ALIKE).filter((key) => en.size > 0 && names().includes(key.split('.')[0] ?? '') && !en.has(key))).toEqual([])
  })
})

describe('the code', () => {
  const own = new Set(names())
  const isKey = (text: string): boolean => own.has(text.split('.')[0] ?? '') && /^[\w-]+(\.[\w-]+)+$/.test(text)
  const pattern = (parts: string[]): RegExp => new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`)

  it('asks for no key that is missing', () => {
    const keys = [...en.keys()]
    const lacking = source.literals
      .filter((literal) => literal.asked)
      .filter((literal) => (literal.parts ? !keys.some((key) => pattern(literal.parts ?? []).test(key)) : !en.has(literal.text)))
    expect(lacking.map((literal) => `${literal.file}:${literal.line} ${literal.text}`)).toEqual([])
  })

  it('uses every key', () => {
    const named = new Set(source.literals.filter((literal) => !literal.parts).map((literal) => literal.text))
    for (const text of [...zh.values(), ...en.values()]) {
      for (const [, key] of text.matchAll(/@:([\w.]+)/g)) named.add(key ?? '')
    }
    // A branch of the catalogue, named so that its texts are put together elsewhere, uses what is below it.
    const begun = [...named].filter((text) => isKey(text.replace(/\.$/, '')) && !en.has(text)).map((text) => `${text.replace(/\.$/, '')}.`)
    const composed = source.literals.filter(({ parts }) => parts && own.has(parts[0]?.split('.')[0] ?? '') && parts[0]?.includes('.'))
    const patterns = composed.map(({ parts }) => pattern(parts ?? []))
    const dead = [...en.keys()].filter(
      (key) => !named.has(key) && !begun.some((start) => key.startsWith(start)) && !patterns.some((one) => one.test(key)),
    )
    expect(dead).toEqual([])
  })

  it('says nothing itself', () => {
    const said = source.spoken.filter(({ file, text }) => !(`${file}: ${text}` in NOT_A_TEXT) && !(file in NOT_A_TEXT))
    expect(said.map(({ file, line, text }) => `${file}:${line} ${text}`)).toEqual([])
  })
})

describe('the search itself', () => {
  const read = (code: string): Source => {
    const found: Source = { literals: [], spoken: [] }
    if (code.includes('<template>')) readComponent('a.vue', code, found)
    else readScript('a.ts', code, 1, found)
    return found
  }

  it('finds keys that are asked for, also by choice and by parts', () => {
    const asked = (code: string): string[] => read(code).literals.filter((one) => one.asked).map((one) => one.text)
    expect(asked("t('a.b')")).toEqual(['a.b'])
    expect(asked("town.t(late ? 'a.late' : 'a.due', { n })")).toEqual(['a.late', 'a.due'])
    expect(asked('t(`a.${stage}.word`)')).toEqual(['a.*.word'])
    expect(asked("other('a.b')")).toEqual([])
    expect(asked('<template><p :title="t(\'a.b\')">{{ t(\'a.c\') }}</p></template>')).toEqual(['a.b', 'a.c'])
  })

  it('finds texts in templates, attributes and scripts', () => {
    const spoken = (code: string): string[] => read(code).spoken.map((one) => one.text)
    expect(spoken('<template><p>Hello</p></template>')).toEqual(['Hello'])
    expect(spoken('<template><input placeholder="号码"></template>')).toEqual(['号码'])
    expect(spoken('<template><p>{{ late ? \'晚\' : "" }} · 12</p></template>')).toEqual(['晚'])
    expect(spoken("const said = 'Nothing was found here'")).toEqual(['Nothing was found here'])
    expect(spoken("throw new Error('This cannot be at all')")).toEqual([])
    expect(spoken("const css = 'var(--space) solid red'")).toEqual([])
  })

  it('finds what differs between the languages', () => {
    const one = new Map([['a', '{n} 件'], ['b', '好 {name}']])
    expect(unequalPlaces(one, new Map([['a', '{n} case | {n} cases'], ['b', 'Good']]))).toEqual(['b: zh fills in {name}, en {}'])
    expect(pluralFaults(one, new Map([['a', '{n} open cases']]))).toEqual(['a: en says "{n} open cases" also of one'])
    expect(wrongLanguage('zh', new Map([['a', 'Saved'], ['b', '已存']]), new Set())).toEqual(['a: Saved'])
    expect(wrongLanguage('en', new Map([['a', '已存 {n}']]), new Set())).toEqual(['a: 已存 {n}'])
  })
})
