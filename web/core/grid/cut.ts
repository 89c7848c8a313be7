/** A cell cut by a line from border to border: the two pieces before the server makes the cut. */
import type { Position } from 'geojson'
import { boxOf } from '../geo'
import type { LonLat } from '../model'
import { ringAreaM2 } from './area'
import { polygonsOf, type Ring } from './chain'
import type { Drawing } from './drawing'
import type { Households } from './households'
import { apart, enclosed, nearestOn, same } from './plane'

/** One of the two pieces. */
export interface Piece {
  polygons: Position[][][]
  areaM2: number
  households: number | undefined
  /** Cells beside it along the border that it keeps, with the length in degrees of what they share. */
  beside: Map<string, number>
}

export interface Cut {
  left: Piece
  right: Piece
}

/** What a line makes of a cell; undefined where it does not run between two different places of one ring of its border. */
export function cutOf(drawing: Drawing, cell: string, line: readonly LonLat[], households?: Households): Cut | undefined {
  const [start, end] = [line[0], line.at(-1)]
  if (!start || !end || line.length < 2) return undefined
  const rings = drawing.rings(cell)
  const place = nearestRing(rings, start)
  if (place === undefined || nearestRing(rings, end) !== place) return undefined
  const ring = anchored(anchored(rings[place] as Ring, start), end)
  const [from, to] = [nearestVertex(ring, start), nearestVertex(ring, end)]
  if (from === to) return undefined
  const between = line.slice(1, -1)
  const left = side(ring, to, from, between)
  const right = side(ring, from, to, [...between].reverse())
  const others = rings.filter((_, at) => at !== place)
  const isLeft = (other: Ring): boolean => enclosed(other.places[0] as LonLat, [[...left.places, left.places[0] as LonLat]])
  return { left: piece(left, others.filter(isLeft), households), right: piece(right, others.filter((other) => !isLeft(other)), households) }
}

/** The ring from `from` around to `to`, closed by the line. */
function side(ring: Ring, from: number, to: number, line: readonly LonLat[]): Ring {
  const found: Ring = { places: [], beyond: [] }
  const count = ring.places.length
  for (let at = from; ; at = (at + 1) % count) {
    found.places.push(ring.places[at] as LonLat)
    found.beyond.push(at === to ? null : (ring.beyond[at] ?? null))
    if (at === to) break
  }
  for (const place of line) {
    found.places.push(place)
    found.beyond.push(null)
  }
  return found
}

function piece(ring: Ring, others: readonly Ring[], households: Households | undefined): Piece {
  const rings = [ring, ...others]
  const polygons = polygonsOf(rings.map((one) => one.places))
  const areaM2 = polygons.reduce((sum, [outer, ...holes]) => sum + ringAreaM2(outer as LonLat[]) - holes.reduce((cut, hole) => cut + ringAreaM2(hole as LonLat[]), 0), 0)
  const beside = new Map<string, number>()
  for (const one of rings) {
    one.places.forEach((a, at) => {
      const other = one.beyond[at]
      if (other) beside.set(other, (beside.get(other) ?? 0) + apart(a, one.places[(at + 1) % one.places.length] as LonLat))
    })
  }
  const lines = rings.map((one) => [...one.places, one.places[0] as LonLat])
  const box = boxOf(lines.flat())
  return { polygons, areaM2, beside, households: households && box ? households.count(box, (place) => enclosed(place, lines)) : undefined }
}

function nearestVertex(ring: Ring, place: LonLat): number {
  let best = 0
  ring.places.forEach((one, at) => {
    if (apart(one, place) < apart(ring.places[best] as LonLat, place)) best = at
  })
  return best
}

function nearestRing(rings: readonly Ring[], place: LonLat): number | undefined {
  let best: number | undefined
  let least = Infinity
  rings.forEach((ring, at) => {
    const far = nearestEdge(ring, place).far
    if (far < least) [best, least] = [at, far]
  })
  return best
}

function nearestEdge(ring: Ring, place: LonLat): { edge: number; at: LonLat; far: number } {
  let best = { edge: 0, at: ring.places[0] as LonLat, far: Infinity }
  ring.places.forEach((a, edge) => {
    const { at } = nearestOn(a, ring.places[(edge + 1) % ring.places.length] as LonLat, place)
    const far = apart(at, place)
    if (far < best.far) best = { edge, at, far }
  })
  return best
}

/** The ring with a vertex where the border is nearest to a place. */
function anchored(ring: Ring, place: LonLat): Ring {
  const { edge, at } = nearestEdge(ring, place)
  if (ring.places.some((one) => same(one, at))) return ring
  return {
    places: [...ring.places.slice(0, edge + 1), at, ...ring.places.slice(edge + 1)],
    beyond: [...ring.beyond.slice(0, edge + 1), ring.beyond[edge] ?? null, ...ring.beyond.slice(edge + 1)],
  }
}
