import type { Book } from '@core/kind'
import { say, type Lang } from '@core/text'
import type { Sum } from '@core/model'

/** A month in figures: day by day what came in and went out, and which categories came most. */
export interface Month {
  days: { day: string; in: number; out: number }[]
  groups: { title: string; n: number }[]
  in: number
  out: number
}

/** The civil days from `days` before `day` up to it. */
export function daysUpTo(day: string, days: number): string[] {
  const last = Date.parse(`${day}T00:00:00Z`)
  return Array.from({ length: days }, (_, at) => new Date(last - (days - 1 - at) * 86_400_000).toISOString().slice(0, 10))
}

/** The month of sums by day; `most` categories by how many were opened. */
export function monthOf(sums: readonly Sum[], days: readonly string[], book: Book, lang: Lang, most: number): Month {
  const byDay = new Map(days.map((day) => [day, { day, in: 0, out: 0 }]))
  const options = new Map<string, number>()
  for (const sum of sums) {
    const day = sum.day ? byDay.get(sum.day) : undefined
    if (!day) continue
    if (sum.measure === 'opened') day.in += sum.n
    else if (sum.measure === 'closed') day.out += sum.n
    else {
      const found = /^opened:([^=]+)=(.+)$/.exec(sum.measure)
      // Of the counted fields the first is the category; the others are asked for nowhere.
      const [, field, code] = found ?? []
      if (field === undefined || code === undefined || book.kind(sum.kind)?.views?.count?.[0] !== field) continue
      const title = say(book.optionTitle(sum.kind, field, code), lang)
      options.set(title, (options.get(title) ?? 0) + sum.n)
    }
  }
  const list = [...byDay.values()]
  return {
    days: list,
    groups: [...options].map(([title, n]) => ({ title, n })).sort((a, b) => b.n - a.n).slice(0, most),
    in: list.reduce((sum, day) => sum + day.in, 0),
    out: list.reduce((sum, day) => sum + day.out, 0),
  }
}
