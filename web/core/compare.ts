import type { Json } from './model'

/** The instant that a text with an offset names, as seconds and their fraction; dates and times of day compare as texts. */
function instant(text: string): [number, string] | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)$/.exec(text)
  if (!parts || text.length < 20) return undefined
  const [, day, clock, fraction = '', offset = ''] = parts
  const zone = /^[zZ]$/.test(offset) ? 'Z' : offset.includes(':') ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`
  const ms = Date.parse(`${day}T${clock}${zone}`)
  return Number.isNaN(ms) ? undefined : [ms, fraction.padEnd(9, '0')]
}

/** Orders texts: instants by time, all else by code points. */
export function compareTexts(a: string, b: string): number {
  const [left, right] = [instant(a), instant(b)]
  if (left && right) return left[0] - right[0] || (left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0)
  // By code points, as UTF-8 sorts; UTF-16 would put the rare planes first.
  const [as, bs] = [[...a], [...b]]
  for (let at = 0; at < Math.min(as.length, bs.length); at++) {
    const differs = (as[at]?.codePointAt(0) ?? 0) - (bs[at]?.codePointAt(0) ?? 0)
    if (differs !== 0) return differs
  }
  return as.length - bs.length
}

/** Whether two values are the same to an expression: numbers by value, instants by time. */
export function sameValue(a: Json, b: Json): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b || (instant(a) !== undefined && compareTexts(a, b) === 0)
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => sameValue(item, b[at] ?? null))
  if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object' && !Array.isArray(a) && !Array.isArray(b)) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(a[key] ?? null, b[key] ?? null))
  }
  return a === b
}
