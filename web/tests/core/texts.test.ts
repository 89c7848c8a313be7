// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import en from '@texts/en/core.json'
import zh from '@texts/zh/core.json'

type Nested = { [key: string]: string | Nested }

function flat(texts: Nested, above = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, text] of Object.entries(texts)) {
    if (typeof text === 'string') found.set(above + key, text)
    else for (const [below, inner] of flat(text, `${above}${key}.`)) found.set(below, inner)
  }
  return found
}

const catalogues = { zh: flat(zh), en: flat(en) }
const folder = new URL('../../core/', import.meta.url)
const sources = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n')

test('both languages say the same things with the same parts', () => {
  expect([...catalogues.en.keys()]).toEqual([...catalogues.zh.keys()])
  for (const [key, text] of catalogues.zh) {
    const parts = (text: string | undefined): string[] => [...new Set(text?.match(/\{\w+\}/g))].sort()
    expect(parts(catalogues.en.get(key)), key).toEqual(parts(text))
    expect(catalogues.en.get(key), key).not.toBe(text)
    expect(catalogues.en.get(key), key).not.toMatch(/\p{Script=Han}/u)
  }
})

test('every key that core names is there', () => {
  for (const [, key] of sources.matchAll(/'core\.([a-z_]+\.[a-z_]+)'/g)) expect(catalogues.zh.has(key ?? ''), key).toBe(true)
  const codes = [...sources.matchAll(/(?:fail\('|code: ')([a-z_]+)'/g)].map(([, code]) => code ?? '')
  expect(codes.length).toBeGreaterThan(20)
  for (const code of new Set(codes)) expect(catalogues.zh.has(`refusal.${code}`), code).toBe(true)
  for (const side of ['in', 'late']) {
    for (const unit of ['minutes', 'hours', 'days', 'workminutes', 'workhours', 'workdays']) expect(catalogues.zh.has(`due.${side}_${unit}`)).toBe(true)
  }
  for (const kind of ['offline', 'signed_out', 'refused', 'busy', 'broken']) expect(catalogues.zh.has(`trouble.${kind}`)).toBe(true)
})

test('every text is one that core may say', () => {
  for (const key of catalogues.zh.keys()) {
    const last = key.split('.').at(-1) ?? ''
    const parts = [last, ...last.split('_')]
    expect(parts.some((part) => new RegExp(`\\b${part}\\b`).test(sources)) || sources.includes(`core.${key}`), key).toBe(true)
  }
})
