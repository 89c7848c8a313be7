import { askAhead } from '@core/ahead'
import type { Lang } from '@core/text'
import { firstLang, firstTheme } from './preference'

/** The files that a view needs beside those that the page names, by the view's name; the texts by their language's. */
export type BootFiles = Record<string, string[]>

/** What a page begins with, before its own scripts are there. */
export interface Boot {
  lang: Lang
  /** Begins to read the files of a view. */
  read: (view: string) => void
  /** Puts up what the build drew for the time until the scripts are there; in their place they draw the page itself. */
  stand: () => void
  /** Asks the town ahead; `path` and headers as the API's client will have them. */
  ask: (path: string, headers?: Record<string, string>) => Promise<Response>
}

/**
 * Sets what the first picture depends on, and begins to read the texts. The page's head runs this as a small script of its own:
 * what is needed comes while the phone still reads the page's scripts, rather than one after the other once they run.
 */
export function begin(credentials: RequestCredentials): Boot {
  const root = document.documentElement
  const files = JSON.parse(document.currentScript?.dataset['files'] ?? '{}') as BootFiles
  const lang = firstLang(undefined)
  const theme = firstTheme()
  const dark = theme === 'system' ? window.matchMedia?.('(prefers-color-scheme: dark)').matches : theme === 'dark'
  root.lang = lang === 'zh' ? 'zh-CN' : 'en'
  root.dataset['theme'] = dark ? 'dark' : 'light'
  const read = (view: string): void => {
    for (const href of files[view] ?? []) document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', crossOrigin: '', href }))
  }
  read(lang)
  const stand = (): void => {
    // The page is read to its end, and its scripts run after this.
    document.addEventListener('readystatechange', () => {
      const drawn = document.getElementById(`shell-${lang}`)
      if (drawn instanceof HTMLTemplateElement) document.getElementById('app')?.append(drawn.content.cloneNode(true))
    }, { once: true })
  }
  const said = { 'Gewang-Client': 'web', 'Accept-Language': root.lang }
  return { lang, read, stand, ask: (path, headers) => askAhead(new Request(`/api/v1${path}`, { credentials, headers: { ...said, ...headers } })) }
}
