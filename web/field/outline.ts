import type { FeatureCollection, Position } from 'geojson'
import { distanceM } from '@core/geo'
import type { Cell, LonLat } from '@core/model'

/** The outline of a cell: its rings, the outer one first. */
export interface Outline {
  id: string
  leaf: boolean
  rings: LonLat[][]
}

/** Outlines as `GET /cells?format=geojson` gives them. */
export function outlines(found: FeatureCollection): Outline[] {
  return found.features.flatMap((feature) => {
    const id = String(feature.id ?? feature.properties?.['id'] ?? '')
    const shape = feature.geometry
    const parts: Position[][][] = shape?.type === 'Polygon' ? [shape.coordinates] : shape?.type === 'MultiPolygon' ? shape.coordinates : []
    const rings = parts.flat().map((ring) => ring.map(([lon, lat]): LonLat => [lon ?? 0, lat ?? 0]))
    return id && rings.length > 0 ? [{ id, leaf: feature.properties?.['leaf'] !== false, rings }] : []
  })
}

/** Whether a place lies in an outline, by the even-odd rule over all its rings. */
export function holds(outline: Outline, [lon, lat]: LonLat): boolean {
  let inside = false
  for (const ring of outline.rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [ax, ay] = ring[i] as LonLat
      const [bx, by] = ring[j] as LonLat
      if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) inside = !inside
    }
  }
  return inside
}

/** The leaf cell of a place by the outlines on this phone; undefined outside of all, or without outlines. */
export function cellAt(all: readonly Outline[], place: LonLat): string | undefined {
  return all.find((outline) => outline.leaf && holds(outline, place))?.id
}

/** How far a place lies from a cell, in metres: 0 inside a circle of the cell's area around its label. */
export function offCellM(cell: Pick<Cell, 'label' | 'area_m2'>, place: LonLat): number {
  return Math.max(0, distanceM(cell.label, place) - Math.sqrt(cell.area_m2 / Math.PI))
}
