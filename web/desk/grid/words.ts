import type { TownTime } from '@core/time'

type T = (key: string, places?: Record<string, unknown>, n?: number) => string

const HECTARE_M2 = 10_000
const SQUARE_KM_M2 = 1_000_000

/** An area as people say it: square metres below a hectare, then hectares, then square kilometres. */
export function areaWords(m2: number, time: TownTime, t: T): string {
  const size = Math.abs(m2)
  if (size < HECTARE_M2) return t('desk.grid.m2', { n: time.number(m2, size < 10 ? 1 : 0) })
  if (size < SQUARE_KM_M2) return t('desk.grid.ha', { n: time.number(m2 / HECTARE_M2, 1) })
  return t('desk.grid.km2', { n: time.number(m2 / SQUARE_KM_M2, 2) })
}

/** With its sign before it. */
export function signed(n: number, say: (n: number) => string): string {
  return `${n > 0 ? '+' : n < 0 ? '−' : '±'}${say(Math.abs(n))}`
}

/** How many households, in words; nothing where nobody was counted. */
export function homesWords(n: number | null | undefined, time: TownTime, t: T): string {
  return n === null || n === undefined ? '' : t('desk.grid.homes', { n: time.number(n) }, n)
}
