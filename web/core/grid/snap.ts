import { boxOf, rounded, type Box } from '../geo'
import type { LonLat } from '../model'
import type { Drawing } from './drawing'
import { apart, around, meet, nearestOn } from './plane'
import { Squares } from './squares'

/** Where a pointer is taken to be: at a vertex, on an edge, on a line drawn below, or where it is. */
export interface Snapped { at: LonLat; to: 'vertex' | 'edge' | 'guide' | 'none' }

/**
 * Brings a place to the border of a cell: to a vertex first, else to an edge between two cells. The outer border keeps its shape,
 * so only its vertices count.
 */
export function snapToBorder(drawing: Drawing, cell: string, place: LonLat, reach: number): Snapped {
  const own = drawing.arcsOf(cell)
  const vertex = drawing.vertexNear(place, reach, (arc) => own.has(arc))
  if (vertex) return { at: vertex.at, to: 'vertex' }
  const edge = drawing.edgeNear(place, reach, (arc) => own.has(arc) && arc.left !== null && arc.right !== null)
  return edge ? { at: rounded(edge.at), to: 'edge' } : { at: rounded(place), to: 'none' }
}

/** Lines to go by: rivers and roads of a file. */
export class Guides {
  private readonly squares: Squares<LonLat[]> | undefined

  constructor(readonly lines: readonly LonLat[][]) {
    const box: Box | undefined = boxOf(lines.flat())
    if (!box) return
    const edges = lines.reduce((sum, line) => sum + line.length, 1)
    this.squares = new Squares(box[0], box[1], Math.max(1e-6, Math.sqrt(((box[2] - box[0]) * (box[3] - box[1]) * 8) / edges)))
    for (const line of lines) this.squares.add(line as LonLat[], line)
  }

  /** A place brought to the nearest of the lines; a corner of theirs is preferred. */
  snap(place: LonLat, reach: number): Snapped {
    const box = around(place, reach)
    let best: LonLat | undefined
    let least = reach
    for (const line of this.squares?.near(box) ?? []) {
      for (let i = 1; i < line.length; i += 1) {
        const [a, b] = [line[i - 1] as LonLat, line[i] as LonLat]
        if (!meet(box, [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])])) continue
        const corner = [a, b].find((one) => apart(one, place) <= reach / 2)
        const at = corner ?? nearestOn(a, b, place).at
        const far = corner ? 0 : apart(at, place)
        if (far <= least) [best, least] = [at, far]
      }
    }
    return best ? { at: rounded(best), to: 'guide' } : { at: rounded(place), to: 'none' }
  }
}

/** The lines of a GeoJSON text, borders of its polygons among them; undefined where it is none. */
export function linesOfGeoJson(value: unknown): LonLat[][] | undefined {
  const lines: LonLat[][] = []
  const isLine = (one: unknown): one is LonLat[] => Array.isArray(one) && one.length > 1 && one.every((place) => Array.isArray(place) && typeof place[0] === 'number' && typeof place[1] === 'number')
  const take = (coordinates: unknown): void => {
    if (isLine(coordinates)) lines.push(coordinates.map(([lon, lat]) => [lon, lat]))
    else if (Array.isArray(coordinates)) coordinates.forEach(take)
  }
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return
    const { type, features, geometry, geometries, coordinates } = one as Record<string, unknown>
    if (Array.isArray(features)) features.forEach(walk)
    else if (geometry) walk(geometry)
    else if (Array.isArray(geometries)) geometries.forEach(walk)
    else if (typeof type === 'string' && type !== 'Point' && type !== 'MultiPoint') take(coordinates)
  }
  walk(value)
  return lines.length > 0 ? lines : undefined
}
