// What every view must hold to, whatever it shows: nothing for axe, nothing untranslated, nothing cut off.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Page, expect } from '@playwright/test'

const WEB = fileURLToPath(new URL('..', import.meta.url))
const PICTURES = fileURLToPath(new URL('../../docs/pictures', import.meta.url))

/** axe finds nothing. Other surfaces in frames are looked at on their own. */
export async function accessible(page: Page): Promise<void> {
  // Half-way between two colours nothing has the contrast that either has.
  await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    // One that is not drawn (skipped with its element) never ends: nobody sees it either.
    const ended = Promise.all(ending.map((one) => one.finished.catch(() => undefined)))
    await Promise.race([ended, new Promise((done) => setTimeout(done, 2_000))])
  })
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  const said = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary?.split('\n').slice(1).join(' ').trim() ?? ''}`).slice(0, 4).join(' | ')}`)
  expect(said, `axe at ${page.url()}`).toEqual([])
}

/** No element stands out of the window, and no text is cut off without dots. */
export async function fits(page: Page): Promise<void> {
  const faults = await page.evaluate(() => {
    const found: string[] = []
    const width = document.documentElement.clientWidth
    const name = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${[...element.classList].join('.')} "${(element.textContent ?? '').trim().slice(0, 40)}"`
    if (document.documentElement.scrollWidth > width + 1) found.push(`the page is ${document.documentElement.scrollWidth} wide in ${width}`)
    const held = (element: Element): boolean => {
      for (let up = element.parentElement; up; up = up.parentElement) {
        const style = getComputedStyle(up)
        if (style.overflowX !== 'visible' && up !== document.body && up !== document.documentElement) return true
      }
      return false
    }
    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
      const box = element.getBoundingClientRect()
      const style = getComputedStyle(element)
      if (box.width <= 1 || box.height <= 1 || style.clipPath !== 'none') continue
      if (box.right > width + 1 && box.left < width && !held(element)) found.push(`stands out by ${Math.round(box.right - width)}: ${name(element)}`)
      const ownText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '')
      if (!ownText || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || element.closest('svg')) continue
      const cuts = style.overflowX === 'hidden' || style.overflowX === 'clip'
      const meant = style.textOverflow === 'ellipsis' || style.getPropertyValue('-webkit-line-clamp') !== 'none'
      if (cuts && !meant && element.scrollWidth > element.clientWidth + 1) found.push(`cut off: ${name(element)}`)
      if ((style.overflowY === 'hidden' || style.overflowY === 'clip') && !meant && element.scrollHeight > element.clientHeight + 2) found.push(`cut off below: ${name(element)}`)
    }
    return [...new Set(found)]
  })
  expect(faults, `overflow at ${page.url()}`).toEqual([])
}

let englishTexts: Set<string> | undefined

function english(): Set<string> {
  if (englishTexts) return englishTexts
  const texts = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value === 'string') for (const form of value.split('|')) if (/[a-z]{4}/.test(form) && !form.includes('{')) texts.add(form.trim())
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk)
  }
  for (const file of readdirSync(join(WEB, 'texts/en'))) walk(JSON.parse(readFileSync(join(WEB, 'texts/en', file), 'utf8')))
  // Text that is the same in Chinese is no mistake.
  const chinese = readdirSync(join(WEB, 'texts/zh')).map((file) => readFileSync(join(WEB, 'texts/zh', file), 'utf8')).join('\n')
  for (const text of texts) if (chinese.includes(JSON.stringify(text))) texts.delete(text)
  return (englishTexts = texts)
}

/**
 * No key instead of a text, no Chinese on an English page and no English on a Chinese one. `data` is what people wrote
 * themselves (names, reports), which stays in the language in which it was written.
 */
export async function translated(page: Page, lang: 'zh' | 'en', data: string): Promise<void> {
  const texts = await page.evaluate(() => {
    const found: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = (node.textContent ?? '').trim()
      const holder = node.parentElement
      if (!text || !holder || holder.closest('script, style, noscript, [lang]:not(html)') || !holder.checkVisibility()) continue
      found.push(text)
    }
    for (const element of document.body.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
        const text = element.getAttribute(name)?.trim()
        if (text && !element.closest('[lang]:not(html)')) found.push(text)
      }
    }
    return [...new Set(found)]
  })
  const keys = texts.filter((text) => /^(core|ui|field|desk|wall|public|home)(\.[a-z_\d]+)+$/.test(text))
  const known = english()
  const strange =
    lang === 'en'
      ? texts.flatMap((text) => text.match(/[\u3400-\u9fff]+/g) ?? []).filter((run) => run !== '中文' && run !== '中' && !data.includes(run))
      : texts.filter((text) => known.has(text) && text !== 'English' && !data.includes(text))
  expect({ keys, strange: [...new Set(strange)] }, `language at ${page.url()}`).toEqual({ keys: [], strange: [] })
}

/** Keeps a picture for the documents; `jpg` where there are more colours than a PNG packs well. */
export async function picture(page: Page, name: string, as: 'png' | 'jpg' = 'png'): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.${as}`), ...(as === 'jpg' ? { type: 'jpeg' as const, quality: 86 } : {}) })
}
