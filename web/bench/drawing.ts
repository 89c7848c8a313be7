// A drawing with more cells than the demo town has: each is cut along lines that run through the whole town, so that neighbours
// are cut at the same points and still fit.

type Point = [number, number]
interface Feature { type: 'Feature'; properties: { id: string; level: string; zh: string; en: string; parent?: string; households?: number }; geometry: { type: 'Polygon'; coordinates: Point[][] } | null }
export interface Drawing { type: 'FeatureCollection'; features: Feature[] }

const UNIT = 1e7

/** Cuts the cells of a drawing into at least `least`. The largest piece keeps the cell's id. */
export function cutInto(drawing: Drawing, least: number): { drawing: Drawing; cells: number } {
  for (let lines = 1; ; lines++) {
    const features = drawing.features.flatMap((feature) => pieces(feature, linesOf(drawing, lines)))
    const cells = features.filter((feature) => feature.geometry).length
    if (cells >= least) return { drawing: { ...drawing, features }, cells }
  }
}

interface Line { axis: 0 | 1; at: number }

/** So many lines across and as many down, none through a corner of a cell. */
function linesOf(drawing: Drawing, count: number): Line[] {
  const corners = drawing.features.flatMap((feature) => feature.geometry?.coordinates.flat() ?? []).map(whole)
  return ([0, 1] as const).flatMap((axis) => {
    const taken = new Set(corners.map((corner) => corner[axis]))
    const least = Math.min(...taken)
    const step = (Math.max(...taken) - least) / (count + 1)
    return Array.from({ length: count }, (_, at) => {
      let line = Math.round(least + step * (at + 1))
      while (taken.has(line)) line++
      return { axis, at: line }
    })
  })
}

function pieces(feature: Feature, lines: readonly Line[]): Feature[] {
  if (!feature.geometry) return [feature]
  let rings = feature.geometry.coordinates.slice(0, 1).map((ring) => ring.slice(0, -1).map(whole))
  for (const line of lines) rings = rings.flatMap((ring) => cut(ring, line))
  return rings
    .sort((a, b) => area(b) - area(a))
    .map((ring, at) => {
      const { id, zh, en } = feature.properties
      const properties = at === 0 ? feature.properties : { ...feature.properties, id: `${id}-${at + 1}`, zh: `${zh}${at + 1}片`, en: `${en}, part ${at + 1}` }
      const corners = [...ring, ring[0] as Point].map(([x, y]): Point => [x / UNIT, y / UNIT])
      return { ...feature, properties, geometry: { type: 'Polygon', coordinates: [corners] } }
    })
}

/** Cuts a ring along a line: crossings that follow one another on the line belong together in pairs. */
function cut(ring: readonly Point[], { axis, at }: Line): Point[][] {
  const other = axis === 0 ? 1 : 0
  const walk: { point: Point; crossing: boolean }[] = []
  ring.forEach((point, index) => {
    walk.push({ point, crossing: false })
    const next = ring[(index + 1) % ring.length] as Point
    if (point[axis] < at !== next[axis] < at) walk.push({ point: meet(point, next, axis, at), crossing: true })
  })
  const crossings = walk.flatMap((step, index) => (step.crossing ? [index] : [])).sort((a, b) => (walk[a]?.point[other] ?? 0) - (walk[b]?.point[other] ?? 0))
  if (crossings.length === 0) return [[...ring]]
  const partner = new Map(crossings.map((index, place) => [index, crossings[place % 2 === 0 ? place + 1 : place - 1] as number]))
  const done = new Set<number>()
  const found: Point[][] = []
  for (const start of crossings) {
    if (done.has(start)) continue
    const piece: Point[] = []
    let here = start
    do {
      done.add(here)
      piece.push(walk[here]?.point as Point)
      do {
        here = (here + 1) % walk.length
        piece.push(walk[here]?.point as Point)
      } while (!walk[here]?.crossing)
      here = partner.get(here) as number
    } while (here !== start)
    found.push(piece)
  }
  return found
}

/** Where an edge meets a line, on the grid of coordinates; the same from both of its sides. */
function meet(a: Point, b: Point, axis: 0 | 1, at: number): Point {
  const [from, to] = a[axis] < b[axis] ? [a, b] : [b, a]
  const other = axis === 0 ? 1 : 0
  const share = (at - from[axis]) / (to[axis] - from[axis])
  const met: Point = [at, at]
  met[other] = Math.round(from[other] + (to[other] - from[other]) * share)
  return met
}

function area(ring: readonly Point[]): number {
  return Math.abs(ring.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = ring[(at + 1) % ring.length] as Point
    return sum + (x - (ring[0]?.[0] ?? 0)) * (nextY - y) - (nextX - x) * (y - (ring[0]?.[1] ?? 0))
  }, 0)) / 2
}

function whole([x, y]: Point): Point {
  return [Math.round(x * UNIT), Math.round(y * UNIT)]
}
