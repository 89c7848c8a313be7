import { langOf, type Lang } from '@core/text'

/** Light, dark, or as the system has it. */
export type Theme = 'light' | 'dark' | 'system'

/** The language to begin with: what the address asks, what was chosen on this device, what the surface or browser has. */
export function firstLang(wished: Lang | undefined): Lang {
  const asked = langOf(new URLSearchParams(location.search).get('lang'))
  if (asked) {
    prefer('gewang.lang', asked)
    return asked
  }
  const preferred = navigator.languages?.map(langOf).find((found) => found !== undefined)
  return langOf(recall('gewang.lang')) ?? preferred ?? wished ?? 'zh'
}

/** The theme chosen on this device. */
export function firstTheme(): Theme {
  const kept = recall('gewang.theme')
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** Keeps a choice on this device. */
export function prefer(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
