/** Which rows of a long list of equal rows are drawn: from `first` up to `last`, `last` not included. */
export interface Window { first: number; last: number }

/**
 * The rows to draw for a scroll position, with `over` more above and below. Both ends step by `step` rows, so that most
 * frames of a scroll draw nothing new.
 */
export function windowOf(top: number, height: number, row: number, count: number, over = 6, step = 4): Window {
  const seenFirst = Math.floor(Math.max(0, top) / row)
  const seenLast = Math.ceil((Math.max(0, top) + height) / row)
  const first = Math.max(0, Math.floor((seenFirst - over) / step) * step)
  const last = Math.min(count, Math.ceil((seenLast + over) / step) * step)
  return { first: Math.min(first, last), last }
}

/** The scroll position that brings row `index` wholly into sight with the least movement. */
export function reveal(index: number, top: number, height: number, row: number): number {
  const from = index * row
  if (from < top) return from
  if (from + row > top + height) return from + row - height
  return top
}

/**
 * The scroll position that keeps what the reader looks at in its place after rows came and went. The anchor is the row under
 * the cursor, or else the first one in sight; before and after are the ids in order.
 */
export function keepInPlace(before: readonly string[], after: readonly string[], anchor: string | undefined, top: number, row: number): number {
  if (anchor !== undefined) {
    const moved = moveOf(before, after, anchor, row)
    if (moved !== undefined) return Math.max(0, top + moved)
  }
  const firstSeen = Math.floor(top / row)
  for (let index = firstSeen; index < before.length; index += 1) {
    const id = before[index]
    const moved = id === undefined ? undefined : moveOf(before, after, id, row)
    if (moved !== undefined) return Math.max(0, top + moved)
  }
  return top
}

function moveOf(before: readonly string[], after: readonly string[], id: string, row: number): number | undefined {
  const was = before.indexOf(id)
  const is = after.indexOf(id)
  return was < 0 || is < 0 ? undefined : (is - was) * row
}
