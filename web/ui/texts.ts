import type { Lang } from '@core/text'

/** The catalogues that every surface shares, by the key under which their texts stand. */
export async function coreTexts(lang: Lang): Promise<{ core: Texts; ui: Texts }> {
  const [core, ui] = await Promise.all(
    lang === 'zh'
      ? [import('@texts/zh/core.json'), import('@texts/zh/ui.json')]
      : [import('@texts/en/core.json'), import('@texts/en/ui.json')],
  )
  return { core: core.default as Texts, ui: ui.default as Texts }
}

interface Texts {
  [key: string]: string | Texts
}
