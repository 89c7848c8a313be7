import { toDatum, type Datum } from '@core/geo'
import type { LonLat } from '@core/model'
import type { Box } from './frame'

/** MapLibre's world is this wide at zoom 0. */
const WORLD = 512

/** A still view of the map, north up: where a place lies in the picture. The same on every screen of a wall. */
export interface Camera {
  /** Pixels of the whole world's width. */
  scale: number
  /** Where the world's upper left corner would lie. */
  left: number
  top: number
  /** In what the map below is drawn; places are given as they are. */
  datum: Datum
}

/** `bounds` (west, south, east, north) as a map in another datum has them. */
export function boundsIn([west, south, east, north]: readonly [number, number, number, number], datum: Datum): [number, number, number, number] {
  return [...toDatum([west, south], datum), ...toDatum([east, north], datum)]
}

/** The view that shows `bounds`, as the map has them, whole within `box`, `margin` pixels from its edges. */
export function fit(bounds: readonly [number, number, number, number], box: Box, margin: number, datum: Datum = 'wgs84'): Camera {
  const [west, south, east, north] = bounds
  const x0 = across(west)
  const x1 = across(east)
  const y0 = down(north)
  const y1 = down(south)
  const width = Math.max(box.width - 2 * margin, 1)
  const height = Math.max(box.height - 2 * margin, 1)
  const scale = Math.min(width / Math.max(x1 - x0, 1e-9), height / Math.max(y1 - y0, 1e-9))
  return {
    scale,
    left: box.x + box.width / 2 - ((x0 + x1) / 2) * scale,
    top: box.y + box.height / 2 - ((y0 + y1) / 2) * scale,
    datum,
  }
}

/** Width over height of `bounds` as the map draws them. */
export function aspect([west, south, east, north]: readonly [number, number, number, number]): number {
  return (across(east) - across(west)) / Math.max(down(south) - down(north), 1e-9)
}

/** Where a place lies in the picture. */
export function project(camera: Camera, place: LonLat): [number, number] {
  const [lon, lat] = toDatum(place, camera.datum)
  return [camera.left + across(lon) * camera.scale, camera.top + down(lat) * camera.scale]
}

/** The place at a point of the picture, as the map below has it. */
export function unproject(camera: Camera, x: number, y: number): LonLat {
  const lat = Math.atan(Math.sinh(Math.PI * (1 - (2 * (y - camera.top)) / camera.scale)))
  return [((x - camera.left) / camera.scale) * 360 - 180, (lat * 180) / Math.PI]
}

/** The zoom at which MapLibre draws the same. */
export function zoomOf(camera: Camera): number {
  return Math.log2(camera.scale / WORLD)
}

function across(lon: number): number {
  return (lon + 180) / 360
}

function down(lat: number): number {
  const angle = (lat * Math.PI) / 180
  return (1 - Math.log(Math.tan(angle) + 1 / Math.cos(angle)) / Math.PI) / 2
}
