/** Which rows of a long list of equal rows are drawn: from `first` up to `last`, `last` not included. */
export interface Window { first: number; last: number }

/** Rows drawn above and below those in sight. */
const OVER = 6
/** Both ends go by so many rows: a slow scroll draws nothing new in most frames, a fast one little in each. */
const STEP = 2

/** The rows to draw for a scroll position, with some more above and below: always as many, where there are so many. */
export function windowOf(top: number, height: number, row: number, count: number): Window {
  const pool = poolOf(height, row)
  const seen = Math.floor(Math.max(0, top) / row)
  const first = Math.max(0, Math.min(Math.floor((seen - OVER) / STEP) * STEP, count - pool))
  return { first, last: Math.min(count, first + pool) }
}

/** The rows of which any part is in sight. */
export function sightOf(top: number, height: number, row: number): Window {
  return { first: Math.max(0, Math.floor(top / row)), last: Math.ceil((top + height) / row) }
}

/** How many rows are drawn at this height: as many elements serve a list of any length, and none is made or thrown away. */
export function poolOf(height: number, row: number): number {
  return Math.ceil(height / row) + 1 + 2 * OVER + STEP
}

/**
 * The rows of a window in the order in which a pool of elements shows them: each row has the element `row % pool`, and the
 * elements stand in the document from `begin` on.
 */
export function placesOf({ first, last }: Window, pool: number, begin: number): number[] {
  const places: number[] = []
  for (let at = 0; at < pool; at += 1) {
    const element = (begin + at) % pool
    const place = first + ((((element - first) % pool) + pool) % pool)
    if (place < last) places.push(place)
  }
  return places
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
