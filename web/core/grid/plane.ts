/** Places near each other as points of a plane: enough for what is seen and pressed on a screen. */
import type { Box } from '../geo'
import type { LonLat } from '../model'

const TILE_PX = 512

/** How many degrees of latitude a length of pixels is at a zoom of the map. */
export function reachOf(pixels: number, zoom: number, lat: number): number {
  return (pixels * 360 * Math.cos((lat * Math.PI) / 180)) / (TILE_PX * 2 ** zoom)
}

/** Distance in degrees of latitude; a degree of longitude is as short as it is at that latitude. */
export function apart(a: LonLat, b: LonLat): number {
  return Math.hypot((b[0] - a[0]) * Math.cos((a[1] * Math.PI) / 180), b[1] - a[1])
}

/** The point of an edge nearest to a place, and which share of the edge lies before it. */
export function nearestOn(a: LonLat, b: LonLat, place: LonLat): { at: LonLat; share: number } {
  const stretch = Math.cos((place[1] * Math.PI) / 180)
  const [dx, dy] = [(b[0] - a[0]) * stretch, b[1] - a[1]]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : ((place[0] - a[0]) * stretch * dx + (place[1] - a[1]) * dy) / length
  const share = Math.min(1, Math.max(0, along))
  if (share === 0) return { at: a, share }
  if (share === 1) return { at: b, share }
  return { at: [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share], share }
}

export function same(a: LonLat, b: LonLat): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

/** Whether a ray to the east from a place crosses an edge; the upper end of an edge belongs to the next. */
export function crosses(a: LonLat, b: LonLat, [x, y]: LonLat): boolean {
  return a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]
}

/** Whether a place lies within what lines enclose together (even-odd rule). */
export function enclosed(place: LonLat, lines: Iterable<readonly LonLat[]>): boolean {
  let inside = false
  for (const line of lines) {
    for (let i = 1; i < line.length; i += 1) if (crosses(line[i - 1] as LonLat, line[i] as LonLat, place)) inside = !inside
  }
  return inside
}

/** On which side of the line from `a` to `b` a place lies: positive to the left. */
function side(a: LonLat, b: LonLat, place: LonLat): number {
  return (b[0] - a[0]) * (place[1] - a[1]) - (b[1] - a[1]) * (place[0] - a[0])
}

/** Where two edges cross; undefined where they only touch or pass each other. */
export function crossing(a: LonLat, b: LonLat, c: LonLat, d: LonLat): LonLat | undefined {
  const [from, to] = [side(c, d, a), side(c, d, b)]
  if (from > 0 === to > 0 || from === 0 || to === 0) return undefined
  const [start, end] = [side(a, b, c), side(a, b, d)]
  if (start > 0 === end > 0 || start === 0 || end === 0) return undefined
  const share = from / (from - to)
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

/** The box around a place, so many degrees of latitude wide on each side. */
export function around([lon, lat]: LonLat, reach: number): Box {
  const east = reach / Math.cos((lat * Math.PI) / 180)
  return [lon - east, lat - reach, lon + east, lat + reach]
}

/** Whether two boxes have a place in common. */
export function meet(a: Box, b: Box): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}
