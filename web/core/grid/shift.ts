/** Borders moved but not yet taken over: which lines they would have, what the cells beside them would win and lose. */
import type { Box } from '../geo'
import { boxOf, rounded } from '../geo'
import type { LonLat } from '../model'
import type { Arc } from './drafts'
import type { Drawing, Lines } from './drawing'
import type { Households } from './households'
import { crossing, enclosed, same } from './plane'

/** What becomes of a cell by a change that is only shown yet. */
export interface Effect {
  cell: string
  areaM2: number
  wonM2: number
  /** Undefined where no households are known. */
  households: number | undefined
  wonHouseholds: number | undefined
}

/** A vertex moved: all borders that have it follow. */
export function movedVertex(drawing: Drawing, from: LonLat, to: LonLat): Lines {
  const place = rounded(to)
  return new Map(drawing.passing(from).map((arc) => [arc.id, arc.line.map((one) => (same(one, from) ? place : one))]))
}

/** A border given a new vertex in one of its edges. */
export function bent(arc: Arc, edge: number, to: LonLat): Lines {
  return new Map([[arc.id, [...arc.line.slice(0, edge + 1), rounded(to), ...arc.line.slice(edge + 1)]]])
}

/** A whole border moved: its inner vertices, or where it has none its ends, with whatever else has them. */
export function movedArc(drawing: Drawing, arc: Arc, [east, north]: LonLat): Lines {
  const closed = isClosed(arc.line)
  const inner = arc.line.slice(1, -1)
  const moving = closed ? arc.line : inner.length > 0 ? inner : arc.line
  const to = ([lon, lat]: LonLat): LonLat => rounded([lon + east, lat + north])
  const lines = new Map<Arc['id'], LonLat[]>()
  const concerned = inner.length > 0 && !closed ? [arc] : [...new Set(moving.flatMap((place) => drawing.passing(place)))]
  for (const one of concerned) lines.set(one.id, one.line.map((place) => (moving.some((each) => same(each, place)) ? to(place) : place)))
  return lines
}

/** A stretch of a border between two of its vertices drawn anew; undefined where no border has both. */
export function redrawn(drawing: Drawing, from: LonLat, to: LonLat, through: readonly LonLat[]): { arc: Arc; lines: Lines } | undefined {
  if (same(from, to)) return undefined
  const at = (arc: Arc, place: LonLat): number => arc.line.findIndex((one) => same(one, place))
  const arc = drawing
    .passing(from)
    .filter((one) => at(one, to) >= 0)
    .sort((a, b) => Math.abs(at(a, from) - at(a, to)) - Math.abs(at(b, from) - at(b, to)))[0]
  if (!arc) return undefined
  let line = arc.line
  let stretch = [...through]
  let [i, j] = [at(arc, from), at(arc, to)]
  if (isClosed(line)) {
    // Begun at the first place; then the shorter way to the second is on one side or the other.
    line = [...line.slice(i, -1), ...line.slice(0, i + 1)]
    j = line.findIndex((one) => same(one, to))
    i = 0
    if (j > (line.length - 1) / 2) {
      ;[i, j] = [j, line.length - 1]
      stretch.reverse()
    }
  } else if (i > j) {
    ;[i, j] = [j, i]
    stretch.reverse()
  }
  stretch = stretch.map(rounded)
  return { arc, lines: new Map([[arc.id, [...line.slice(0, i + 1), ...stretch, ...line.slice(j)]]]) }
}

function isClosed(line: readonly LonLat[]): boolean {
  return line.length > 2 && same(line[0] as LonLat, line.at(-1) as LonLat)
}

/** What the cells beside moved borders would win and lose, those that win most first. */
export function effects(drawing: Drawing, lines: Lines, households: Households | undefined): Effect[] {
  const cells = new Set<string>()
  const places: LonLat[] = []
  for (const [id, line] of lines) {
    const arc = drawing.arcs.get(id)
    for (const cell of [arc?.left, arc?.right]) if (cell) cells.add(cell)
    places.push(...changedPlaces(arc?.line ?? [], line))
  }
  const box = boxOf(places)
  return [...cells].map((cell) => effect(drawing, lines, households, cell, box))
}

/** What two lines do not have in common at their beginning and end, with one place more on each side. */
function changedPlaces(before: readonly LonLat[], after: readonly LonLat[]): LonLat[] {
  let [head, tail] = [0, 0]
  const least = Math.min(before.length, after.length)
  while (head < least && same(before[head] as LonLat, after[head] as LonLat)) head += 1
  while (tail < least - head && same(before.at(-1 - tail) as LonLat, after.at(-1 - tail) as LonLat)) tail += 1
  const part = (line: readonly LonLat[]): LonLat[] => line.slice(Math.max(0, head - 1), line.length - Math.max(0, tail - 1))
  return [...part(before), ...part(after)]
}

function effect(drawing: Drawing, lines: Lines, households: Households | undefined, cell: string, box: Box | undefined): Effect {
  const drawn = drawing.cells.get(cell)
  const [before, after] = [drawing.areaM2(cell), drawing.areaM2(cell, lines)]
  let won: number | undefined
  if (households && box) {
    const [old, now] = [drawing.linesOf(cell), drawing.linesOf(cell, lines)]
    won = households.count(box, (place) => enclosed(place, now)) - households.count(box, (place) => enclosed(place, old))
  }
  const known = drawn?.households ?? undefined
  return { cell, areaM2: after, wonM2: after - before, households: known === undefined || won === undefined ? known : known + won, wonHouseholds: won }
}

/** The first place where moved borders would cross another or themselves; the server refuses them there. */
export function firstCrossing(drawing: Drawing, lines: Lines): LonLat | undefined {
  for (const [id, line] of lines) {
    const old = drawing.arcs.get(id)?.line ?? []
    const kept = new Set(old.map((place) => place.join()))
    for (let i = 1; i < line.length; i += 1) {
      const [a, b] = [line[i - 1] as LonLat, line[i] as LonLat]
      // An edge of which both ends stayed stayed itself, or is shorter than the stretch it stands for.
      if (kept.has(a.join()) && kept.has(b.join()) && line.length === old.length) continue
      const found = crossingOf(drawing, lines, a, b)
      if (found) return found
    }
  }
  return undefined
}

function crossingOf(drawing: Drawing, lines: Lines, a: LonLat, b: LonLat): LonLat | undefined {
  const box: Box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])]
  const others: (readonly LonLat[])[] = [...lines.values()]
  for (const arc of drawing.near(box)) if (!lines.has(arc.id)) others.push(arc.line)
  for (const other of others) {
    for (let i = 1; i < other.length; i += 1) {
      const [c, d] = [other[i - 1] as LonLat, other[i] as LonLat]
      if (same(a, c) || same(a, d) || same(b, c) || same(b, d)) continue
      const found = crossing(a, b, c, d)
      if (found) return found
    }
  }
  return undefined
}
