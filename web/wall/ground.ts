import { addProtocol, Map as MapLibre, setWorkerUrl, type ExpressionSpecification, type LayerSpecification, type SourceSpecification, type StyleSpecification } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { BaseMap } from '@core/api'
import type { Territory } from '@core/model'
import { askAgain } from '@ui/map/again'
import { boundsIn, unproject, zoomOf, type Camera } from './camera'
import type { Box } from './frame'
import { FIGURE_RAMP } from './ramp'

/** The map below the marks: cells, borders by level and, where the town has one, its base map, dimmed. It stands still and
 * is drawn anew only when the tints of cells change. */
export class Ground {
  private readonly map: MapLibre
  private readonly heat = new Map<string, number>()
  private loaded = false

  /** Whether it was drawn once: until then it is better made anew after a break. */
  get drawn(): boolean {
    return this.loaded
  }

  /** `box` is the part of the picture that this element shows. */
  static async make(element: HTMLElement, base: BaseMap, territory: Territory, camera: Camera, box: Box): Promise<Ground> {
    const pictures = base.base?.type === 'pmtiles' && (await openTiles(absolute(base.base.url)))
    return new Ground(element, styleOf(base, territory, pictures), camera, box)
  }

  private constructor(element: HTMLElement, style: StyleSpecification, camera: Camera, box: Box) {
    setWorkerUrl(workerUrl)
    this.map = new MapLibre({
      container: element,
      style,
      center: unproject(camera, box.x + box.width / 2, box.y + box.height / 2),
      zoom: zoomOf(camera),
      interactive: false,
      attributionControl: false,
      fadeDuration: 0,
      refreshExpiredTiles: false,
      pixelRatio: 1,
      maxCanvasSize: [8192, 8192],
      renderWorldCopies: false,
      canvasContextAttributes: { antialias: true, powerPreference: 'high-performance' },
    })
    askAgain(this.map)
    this.map.on('load', () => {
      this.loaded = true
      for (const [cell, heat] of this.heat) this.set(cell, heat)
    })
  }

  /** Looks elsewhere: the frame changed. */
  look(camera: Camera, box: Box): void {
    this.map.resize()
    this.map.jumpTo({ center: unproject(camera, box.x + box.width / 2, box.y + box.height / 2), zoom: zoomOf(camera) })
  }

  /** Tints cells by shares from 0 to 1. Steps too small to see change nothing, so that nothing is drawn for them. */
  tint(shares: ReadonlyMap<string, number>): void {
    for (const cell of new Set([...shares.keys(), ...this.heat.keys()])) {
      const heat = Math.round((shares.get(cell) ?? 0) * STEPS) / STEPS
      if ((this.heat.get(cell) ?? 0) === heat) continue
      this.heat.set(cell, heat)
      if (this.loaded) this.set(cell, heat)
    }
  }

  /** Whether cells glow softly with what is open, or tell a figure. */
  tell(figure: boolean): void {
    const change = (): void => {
      this.map.setPaintProperty('cell', 'fill-color', figure ? FIGURE : GLOW)
    }
    if (this.loaded) change()
    else this.map.once('load', change)
  }

  remove(): void {
    this.map.remove()
  }

  private set(cell: string, heat: number): void {
    this.map.setFeatureState({ source: 'grid', sourceLayer: 'cell', id: cell }, { heat })
  }
}

const STEPS = 16
const HEAT: ExpressionSpecification = ['coalesce', ['feature-state', 'heat'], 0]
/** The ramp of what is open: night blue that begins to shine. */
const GLOW: ExpressionSpecification = ['interpolate', ['linear'], HEAT, 0, '#101c2a', 0.35, '#132d43', 0.7, '#184260', 1, '#215a80']
const FIGURE: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  HEAT,
  ...FIGURE_RAMP.flatMap((colour, at) => [at / (FIGURE_RAMP.length - 1), colour]),
] as unknown as ExpressionSpecification

/** The kind of tiles that are shapes; all others are pictures. */
const TILES_OF_SHAPES = 1

/** Teaches the map to read a PMTiles file, and says whether it holds pictures. */
async function openTiles(url: string): Promise<boolean> {
  const { PMTiles, Protocol } = await import('pmtiles')
  addProtocol('pmtiles', new Protocol().tile)
  return (await new PMTiles(url).getHeader()).tileType !== TILES_OF_SHAPES
}

/** What older servers leave out. */
type ServedMap = BaseMap & { tiles_max_zoom?: number }

/** The base map stands back in the night: what is ours shines above it. */
const PICTURE: LayerSpecification[] = [
  { id: 'base', type: 'raster', source: 'base', paint: { 'raster-saturation': -0.85, 'raster-brightness-max': 0.4, 'raster-contrast': 0.1, 'raster-opacity': 0.75, 'raster-fade-duration': 0 } },
]
const SHAPES: LayerSpecification[] = [
  { id: 'base-green', type: 'fill', source: 'base', 'source-layer': 'landuse', paint: { 'fill-color': '#0c1a16' } },
  { id: 'base-water', type: 'fill', source: 'base', 'source-layer': 'water', paint: { 'fill-color': '#0a2338' } },
  { id: 'base-roads', type: 'line', source: 'base', 'source-layer': 'roads', paint: { 'line-color': '#2a3b4e', 'line-width': 1.2 } },
]

function absolute(address: string): string {
  return new URL(address, location.href).href.replaceAll('%7B', '{').replaceAll('%7D', '}')
}

function styleOf(base: ServedMap, territory: Territory, pictures: boolean): StyleSpecification {
  const shift = base.base && base.base.datum !== 'wgs84' ? `?datum=${base.base.datum}` : ''
  const tiles = absolute(base.tiles) + shift
  const sources: Record<string, SourceSpecification> = {
    grid: { type: 'vector', tiles: [tiles], bounds: boundsIn(base.bounds, base.base?.datum ?? 'wgs84'), maxzoom: base.tiles_max_zoom ?? 14, promoteId: { cell: 'id' } },
  }
  const layers: LayerSpecification[] = []
  if (base.base?.type === 'raster') {
    sources['base'] = { type: 'raster', tiles: [absolute(base.base.url)], tileSize: base.base.tile_size, maxzoom: base.base.max_zoom }
    layers.push(...PICTURE)
  } else if (base.base?.type === 'pmtiles') {
    const url = `pmtiles://${absolute(base.base.url)}`
    sources['base'] = pictures ? { type: 'raster', url } : { type: 'vector', url }
    layers.push(...(pictures ? PICTURE : SHAPES))
  }
  const [town = '', village = ''] = territory.levels.map((level) => level.id)
  const of = (level: string): ExpressionSpecification => ['==', ['get', 'level'], level]
  const inner: ExpressionSpecification = ['!', ['in', ['get', 'level'], ['literal', [town, village]]]]
  const line = { 'line-join': 'round', 'line-cap': 'round' } as const
  layers.push(
    {
      id: 'cell',
      type: 'fill',
      source: 'grid',
      'source-layer': 'cell',
      filter: ['==', ['get', 'leaf'], true],
      paint: { 'fill-color': GLOW, 'fill-opacity': layers.length > 0 ? 0.62 : 1, 'fill-antialias': true },
    },
    { id: 'inner', type: 'line', source: 'grid', 'source-layer': 'border', filter: inner, layout: line, paint: { 'line-color': '#31475f', 'line-width': 1, 'line-opacity': 0.75 } },
    { id: 'village', type: 'line', source: 'grid', 'source-layer': 'border', filter: of(village), layout: line, paint: { 'line-color': '#4d6c8d', 'line-width': 1.8 } },
    { id: 'shine', type: 'line', source: 'grid', 'source-layer': 'border', filter: of(town), layout: line, paint: { 'line-color': '#3b84bd', 'line-width': 16, 'line-blur': 14, 'line-opacity': 0.4 } },
    { id: 'town', type: 'line', source: 'grid', 'source-layer': 'border', filter: of(town), layout: line, paint: { 'line-color': '#8fb8dc', 'line-width': 2.6 } },
  )
  return { version: 8, sources, layers }
}
