// Drawings for the grid editor: the demo town's own cells, a file of them with known defects, and a town of any size.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Place = [number, number]
interface Feature { type: 'Feature'; properties: { id: string; level: string; parent?: string; zh: string; en: string; households?: number }; geometry: { type: 'Polygon'; coordinates: Place[][] } | null }
export interface Drawn { type: 'FeatureCollection'; features: Feature[] }

/** A vertex between exactly two cells, and a place beside it in the first of them. */
export interface Seam { cell: string; beyond: string; at: Place; inside: Place }

/** The cells that the demo town is founded with. */
export function demoCells(): Drawn {
  return JSON.parse(readFileSync(fileURLToPath(new URL('../../packs/zhoutie/cells.geojson', import.meta.url)), 'utf8')) as Drawn
}

export function leaf(drawn: Drawn, id: string): Feature & { geometry: NonNullable<Feature['geometry']> } {
  const found = drawn.features.find((feature) => feature.properties.id === id)
  if (!found?.geometry) throw new Error(`no leaf ${id}`)
  return found as ReturnType<typeof leaf>
}

const METRE = 1 / 111_320

/** A vertex on the border between two cells from which some 40 m lead into the first. */
export function seamOf(drawn: Drawn, cell: string): Seam {
  const owners = new Map<string, string[]>()
  for (const feature of drawn.features) {
    for (const ring of feature.geometry?.coordinates ?? []) for (const at of ring.slice(1)) owners.set(at.join(), [...(owners.get(at.join()) ?? []), feature.properties.id])
  }
  const ring = leaf(drawn, cell).geometry.coordinates[0] ?? []
  const middle = ring.reduce<Place>((sum, at) => [sum[0] + at[0] / ring.length, sum[1] + at[1] / ring.length], [0, 0])
  for (const [place, at] of ring.entries()) {
    const beyond = owners.get(at.join())?.find((id) => id !== cell)
    const [before, after] = [ring[place - 1], ring[place + 1]]
    if (!beyond || !before || !after || owners.get(at.join())?.length !== 2) continue
    const away = (other: Place): number => Math.hypot(other[0] - at[0], other[1] - at[1]) / METRE
    const others = [before, after].map((one) => owners.get(one.join()) ?? [])
    if (away(before) < 60 || away(after) < 60 || !others.every((ids) => ids.includes(beyond))) continue
    const share = (40 * METRE) / Math.hypot(middle[0] - at[0], middle[1] - at[1])
    return { cell, beyond, at, inside: rounded([at[0] + (middle[0] - at[0]) * share, at[1] + (middle[1] - at[1]) * share]) }
  }
  throw new Error(`${cell} has no free vertex`)
}

/** The cells with two defects more than a surveyor likes: one drawn twice, and a vertex of one cell some metres inside its neighbour. */
export function spoilt(drawn: Drawn, twice: string, seam: Seam): Drawn {
  const copy = structuredClone(drawn)
  const ring = leaf(copy, seam.cell).geometry.coordinates[0] ?? []
  const out: Place = rounded([seam.at[0] - (seam.inside[0] - seam.at[0]) / 5, seam.at[1] - (seam.inside[1] - seam.at[1]) / 5])
  ring.forEach((at, place) => {
    if (at.join() === seam.at.join()) ring[place] = out
  })
  const again = structuredClone(leaf(copy, twice))
  again.properties.id = `${twice}-copy`
  copy.features.push(again)
  return copy
}

/** The cells with the northernmost free vertex of the town's outline moved so many metres to the north: its cell alone has it. */
export function bulging(drawn: Drawn, metres: number): { drawn: Drawn; cell: string } {
  const copy = structuredClone(drawn)
  const times = new Map<string, number>()
  const rings = copy.features.flatMap((feature) => (feature.geometry?.coordinates ?? []).map((ring) => ({ cell: feature.properties.id, ring })))
  for (const { ring } of rings) for (const at of ring.slice(1)) times.set(at.join(), (times.get(at.join()) ?? 0) + 1)
  const free = rings.flatMap(({ cell, ring }) => ring.slice(1, -1).filter((at) => times.get(at.join()) === 1).map((at) => ({ cell, at })))
  const [top] = free.sort((a, b) => b.at[1] - a.at[1])
  if (!top) throw new Error('no vertex belongs to one cell alone')
  top.at[1] = Math.round((top.at[1] + metres * METRE) * 1e7) / 1e7
  return { drawn: copy, cell: top.cell }
}

function rounded([lon, lat]: Place): Place {
  return [Math.round(lon * 1e7) / 1e7, Math.round(lat * 1e7) / 1e7]
}

/** A town of about so many cells with 52 places each, in the demo town's place, and a household every so many metres. */
export function madeUp(cells: number): { drawn: Drawn; households: string } {
  const side = Math.ceil(Math.sqrt(cells))
  const between = 13
  const [west, south, width, height] = [119.93, 31.37, 0.12 / side, 0.1 / side]
  const chance = (x: number, y: number): number => { const wave = Math.sin(x * 12.9898 + y * 78.233) * 43758.5453; return wave - Math.floor(wave) - 0.5 }
  const node = (x: number, y: number): Place => {
    const bent = x > 0 && y > 0 && x < side && y < side ? 0.3 : 0
    return rounded([west + (x + bent * chance(x, y)) * width, south + (y + bent * chance(y + 7, x)) * height])
  }
  const border = (x: number, y: number, across: boolean): Place[] => {
    const [a, b] = [node(x, y), across ? node(x + 1, y) : node(x, y + 1)]
    const outer = across ? y === 0 || y === side : x === 0 || x === side
    return Array.from({ length: between + 1 }, (_, i): Place => {
      const share = i / between
      const off = outer || i === 0 || i === between ? 0 : Math.sin(share * 9 + x + y * 3) * 0.05 * Math.sin(share * Math.PI)
      return rounded([a[0] + (b[0] - a[0]) * share + (across ? 0 : off * width), a[1] + (b[1] - a[1]) * share + (across ? off * height : 0)])
    })
  }
  const features: Feature[] = [{ type: 'Feature', properties: { id: 'town', level: 'town', zh: '镇', en: 'Town' }, geometry: null }]
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const ring = [...border(x, y, true), ...border(x + 1, y, false).slice(1), ...border(x, y + 1, true).reverse().slice(1), ...border(x, y, false).reverse().slice(1)]
      features.push({ type: 'Feature', properties: { id: `c-${x}-${y}`, level: 'cell', parent: 'town', zh: `第${x}列${y}格`, en: `Cell ${x}/${y}` }, geometry: { type: 'Polygon', coordinates: [ring] } })
    }
  }
  const homes = Array.from({ length: cells * 40 }, (_, i) => `${(west + (chance(i, 1) + 0.5) * 0.12).toFixed(7)},${(south + (chance(1, i) + 0.5) * 0.1).toFixed(7)},10`)
  return { drawn: { type: 'FeatureCollection', features }, households: ['lon,lat,weight', ...homes].join('\n') }
}
