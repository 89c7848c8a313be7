import type { Position } from 'geojson'
import type { LonLat } from '../model'
import { ringAreaM2, sweepM2 } from './area'
import { enclosed, same } from './plane'

/** A stretch of border as one cell walks it, with itself to the left. */
export interface Stretch {
  line: readonly LonLat[]
  /** The cell on the other side; null outside the drawing. */
  beyond: string | null
}

/** A closed ring of a cell, its first place not repeated; `beyond[i]` lies across the edge from place `i` to the next. */
export interface Ring {
  places: LonLat[]
  beyond: (string | null)[]
}

const key = ([lon, lat]: LonLat): string => `${lon},${lat}`

/** Chains stretches that begin where another ends into rings. At a place where rings touch, the sharpest turn to the left is taken. */
export function ringsOf(stretches: readonly Stretch[]): Ring[] {
  const free = new Map<string, Stretch[]>()
  for (const one of stretches) {
    const start = key(one.line[0] as LonLat)
    const here = free.get(start)
    if (here) here.push(one)
    else free.set(start, [one])
  }
  const rings: Ring[] = []
  for (const begun of free.values()) {
    for (let first = begun.pop(); first; first = begun.pop()) {
      const ring: Ring = { places: [], beyond: [] }
      const start = first.line[0] as LonLat
      for (let one: Stretch | undefined = first; one; ) {
        for (let i = 0; i + 1 < one.line.length; i += 1) {
          ring.places.push(one.line[i] as LonLat)
          ring.beyond.push(one.beyond)
        }
        const before: LonLat = one.line.at(-2) as LonLat
        const end: LonLat = one.line.at(-1) as LonLat
        one = same(end, start) ? undefined : taken(free.get(key(end)), before, end)
      }
      rings.push(ring)
    }
  }
  return rings
}

function taken(going: Stretch[] | undefined, before: LonLat, at: LonLat): Stretch | undefined {
  if (!going || going.length < 2) return going?.pop()
  const turn = (one: Stretch): number => turnTo(before, at, one.line[1] as LonLat)
  const best = going.reduce((a, b) => (turn(b) > turn(a) ? b : a))
  going.splice(going.indexOf(best), 1)
  return best
}

/** The turn to the left at `at`, from -π to π. */
function turnTo(before: LonLat, at: LonLat, after: LonLat): number {
  const [x, y, u, v] = [at[0] - before[0], at[1] - before[1], after[0] - at[0], after[1] - at[1]]
  return Math.atan2(x * v - y * u, x * u + y * v)
}

/** Rings as the polygons of GeoJSON: each ring that runs counter-clockwise with the holes that lie within it. */
export function polygonsOf(rings: readonly (readonly LonLat[])[]): Position[][][] {
  const closed = rings.filter((ring) => ring.length > 2).map((ring) => [...ring, ring[0] as LonLat])
  const outer = closed.filter((ring) => sweepM2(ring, ring[0]?.[1] ?? 0) > 0)
  const polygons = outer.map((ring) => [ring])
  const bySize = outer.length > 1 ? [...polygons].sort((a, b) => ringAreaM2(a[0] ?? []) - ringAreaM2(b[0] ?? [])) : polygons
  for (const hole of closed) {
    if (outer.includes(hole)) continue
    // The middle of an edge, since a corner may touch the ring around it.
    const [a, b] = [hole[0] as LonLat, hole[1] as LonLat]
    const place: LonLat = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
    ;(bySize.find(([ring]) => ring && enclosed(place, [ring])) ?? bySize[0])?.push(hole)
  }
  return polygons
}
