import { askAhead } from '@core/ahead'
import type { Lang } from '@core/text'
import { drawn as painted } from './frame'
import { firstLang, firstTheme } from './preference'
import { remember } from './tapped'

/** The files that a view needs beside those that the page names, by the view's name; the texts by their language's. */
export type BootFiles = Record<string, string[]>

/** What a page begins with, before its own scripts are there. */
export interface Boot {
  lang: Lang
  /** Begins to read the files of a view. */
  read: (view: string) => void
  /** Asks the town ahead; `path` and headers as the API's client will have them. */
  ask: (path: string, headers?: Record<string, string>) => Promise<Response>
  /**
   * Puts up what the build drew for a page, for the time until the scripts are there; in its place they draw the page itself.
   * `page` may be known only when the town has answered; `fill` completes it with what the town or this phone knows, and says false
   * where it may not stand after all.
   */
  stand: (page: string | Promise<string | undefined>, fill: (drawn: DocumentFragment) => boolean | Promise<boolean>) => void
  /** Begins the page's own scripts at once, where nothing is to stand before. */
  begin: () => void
}

/** So long the scripts wait for what shall stand before them. */
const PATIENCE_MS = 1200

/**
 * Sets what the first picture depends on, and begins to read the texts. The page's head runs this as a small script of its own:
 * what is needed comes while the phone still reads the page's scripts, rather than one after the other once they run.
 */
export function boot(credentials: RequestCredentials): Boot {
  const root = document.documentElement
  const said = document.currentScript?.dataset ?? {}
  const files = JSON.parse(said['files'] ?? '{}') as BootFiles
  const entry = said['entry']
  const lang = firstLang(undefined)
  const theme = firstTheme()
  const dark = theme === 'system' ? window.matchMedia?.('(prefers-color-scheme: dark)').matches : theme === 'dark'
  root.lang = lang === 'zh' ? 'zh-CN' : 'en'
  root.dataset['theme'] = dark ? 'dark' : 'light'
  let begun = false
  let patience = 0
  function begin(): void {
    if (begun || entry === undefined) return
    begun = true
    void import(/* @vite-ignore */ entry)
  }
  const read = (view: string): void => {
    for (const href of files[view] ?? []) document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', crossOrigin: '', href }))
  }
  read(lang)
  async function putUp(...[page, fill]: Parameters<Boot['stand']>): Promise<void> {
    const app = document.getElementById('app')
    const kept = document.getElementById(`shell-${await page}-${lang}`)
    if (!app || !kept) return
    const drawn = document.createRange().createContextualFragment(kept.textContent)
    // The scripts may have been quicker than the town.
    if (!(await fill(drawn)) || app.hasAttribute('data-v-app')) return
    // Nothing comes between this and its picture.
    window.clearTimeout(patience)
    app.replaceChildren(drawn)
    remember(app)
    await painted()
  }
  const stand: Boot['stand'] = (page, fill) => {
    patience = window.setTimeout(begin, PATIENCE_MS)
    // The page is read to its end, and with it what was drawn.
    document.addEventListener('readystatechange', () => void putUp(page, fill).catch(() => undefined).then(begin), { once: true })
  }
  const client = { 'Gewang-Client': 'web', 'Accept-Language': root.lang }
  return { lang, read, stand, begin, ask: (path, headers) => askAhead(new Request(`/api/v1${path}`, { credentials, headers: { ...client, ...headers } })) }
}
