import type { FeatureCollection, Geometry, Position } from 'geojson'
import type { Api, BaseMap } from '@core/api'
import { boxOf, toDatum, type Box, type Datum } from '@core/geo'
import type { LonLat, Territory } from '@core/model'
import type { CellSource } from './style'

/** What the map is drawn from: the base map, if the town has one, the cells, and the datum in which all is drawn. */
export interface TownMap {
  base: BaseMap['base']
  datum: Datum
  cells: CellSource
  /** Whether a PMTiles base map holds pictures and not shapes. */
  pictures: boolean
  /** Around the whole town, in the map's own datum. */
  bounds: Box
}

/** What older servers leave out. */
type ServedMap = BaseMap & { tiles_max_zoom?: number }

let read: { territory: Territory | null; map: Promise<TownMap> } | undefined

/**
 * The town's map, read once for each territory that the page knows: whoever asks after another drawing has come into force gets
 * that one, though no map was open to see it come. Where the server has no tiles, the outlines themselves are drawn.
 */
export function readTownMap(api: Api, territory: Territory | null): Promise<TownMap> {
  if (read && read.territory === territory) return read.map
  const mine = { territory, map: make(api, territory) }
  read = mine
  mine.map.catch(() => {
    if (read === mine) read = undefined
  })
  return mine.map
}

/** The map as it is now, where another drawing of the cells has come into force; the same where none has. */
export async function followTownMap(api: Api, territory: Territory | null, known: TownMap): Promise<TownMap> {
  const now = await readTownMap(api, territory).catch(() => known)
  return JSON.stringify(now.cells) === JSON.stringify(known.cells) ? known : now
}

async function make(api: Api, territory: Territory | null): Promise<TownMap> {
  const found: ServedMap | null = await api.map().catch(() => null)
  const base = found?.base ?? null
  const datum: Datum = (base as { datum?: Datum } | null)?.datum ?? 'wgs84'
  if (found) {
    const [west, south, east, north] = found.bounds
    const bounds: Box = [...toDatum([west, south], datum), ...toDatum([east, north], datum)]
    const tiles = `${location.origin}${found.tiles}${datum === 'wgs84' ? '' : `?datum=${datum}`}`
    return { base, datum, bounds, pictures: base?.type === 'pmtiles' && (await holdsPictures(base.url)), cells: { tiles, bounds, maxZoom: found.tiles_max_zoom ?? 16 } }
  }
  const [outlines, known] = await Promise.all([api.outlines(), territory ?? api.cells()])
  const places: LonLat[] = []
  const features = outlines.features.map((feature) => {
    const id = String(feature.id ?? feature.properties?.['id'] ?? '')
    const cell = known.cells.find((one) => one.id === id)
    const properties = { id, title_zh: cell?.title.zh, title_en: cell?.title.en, leaf: cell?.leaf ?? false, depth: depthOf(id, known) }
    return { type: 'Feature' as const, id, properties, geometry: shifted(feature.geometry, datum, places) }
  })
  const labels: FeatureCollection = {
    type: 'FeatureCollection',
    features: known.cells.map((cell) => ({
      type: 'Feature',
      properties: { id: cell.id, title_zh: cell.title.zh, title_en: cell.title.en, leaf: cell.leaf, depth: depthOf(cell.id, known) },
      geometry: { type: 'Point', coordinates: toDatum(cell.label, datum) },
    })),
  }
  return { base, datum, pictures: false, bounds: boxOf(places) ?? [119.9, 31.3, 120.1, 31.5], cells: { outlines: { type: 'FeatureCollection', features }, labels } }
}

/** The outline as the map draws it; its places are also given to `places`. */
function shifted(geometry: Geometry, datum: Datum, places: LonLat[]): Geometry {
  const ring = (line: Position[]): Position[] =>
    line.map(([lon = 0, lat = 0]) => {
      const to = toDatum([lon, lat], datum)
      places.push(to)
      return to
    })
  if (geometry.type === 'Polygon') return { ...geometry, coordinates: geometry.coordinates.map(ring) }
  if (geometry.type === 'MultiPolygon') return { ...geometry, coordinates: geometry.coordinates.map((polygon) => polygon.map(ring)) }
  return geometry
}

/** The box of a cell by its outline, in the map's datum; undefined where the outline cannot be read. */
export async function cellBox(api: Api, cell: string, datum: Datum): Promise<Box | undefined> {
  try {
    const outlines = await api.outlines(cell)
    const places: LonLat[] = []
    for (const feature of outlines.features) shifted(feature.geometry, datum, places)
    return boxOf(places)
  } catch {
    return undefined
  }
}

/** How many cells lie above a cell. */
function depthOf(id: string, territory: Territory): number {
  let depth = 0
  let parent = territory.cells.find((cell) => cell.id === id)?.parent
  while (parent) {
    depth += 1
    const above: string = parent
    parent = territory.cells.find((cell) => cell.id === above)?.parent
  }
  return depth
}

/** The tile types of PMTiles that are shapes; all others are pictures. */
const SHAPES = 1

async function holdsPictures(url: string): Promise<boolean> {
  const { PMTiles } = await import('pmtiles')
  const header = await new PMTiles(`${location.origin}${url}`).getHeader()
  return header.tileType !== SHAPES
}
