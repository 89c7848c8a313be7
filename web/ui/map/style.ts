import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification, SymbolLayerSpecification } from 'maplibre-gl'
import type { FeatureCollection } from 'geojson'
import type { BaseMap } from '@core/api'
import type { Box } from '@core/geo'
import { say, type Lang, type Text } from '@core/text'

/** The colours that the map takes from the tokens, since a canvas cannot read CSS. */
export interface MapColours {
  land: string
  line: string
  strong: string
  label: string
  halo: string
  accent: string
  late: string
  text: string
  surface: string
}

/** The colours as they are on the page now. */
export function mapColours(): MapColours {
  const css = getComputedStyle(document.documentElement)
  const token = (name: string, otherwise: string): string => css.getPropertyValue(name).trim() || otherwise
  return {
    land: token('--map-land', '#f3f4f2'),
    line: token('--map-line', '#9aa3b1'),
    strong: token('--map-line-strong', '#5f6775'),
    label: token('--map-label', '#39404c'),
    halo: token('--map-halo', '#ffffff'),
    accent: token('--accent', '#3b4fc4'),
    late: token('--late', '#d55e00'),
    text: token('--text', '#14171c'),
    surface: token('--surface', '#ffffff'),
  }
}

/** Where the outlines of cells come from: tiles of the server, or the outlines themselves. */
export type CellSource = { tiles: string; bounds: Box; maxZoom: number } | { outlines: FeatureCollection; labels: FeatureCollection }

/** What the style is made from. */
export interface StyleParts {
  base: BaseMap['base']
  cells: CellSource
  colours: MapColours
  lang: Lang
  names: boolean
  borders: boolean
  /** Whether a PMTiles base map holds pictures and not shapes. */
  pictures: boolean
}

const TOWN_FONTS = ['sans-serif']

/** The whole style: ground, base map, fills of cells, their borders and their names. Marks are put above it later. */
export function townStyle(parts: StyleParts): StyleSpecification {
  const { colours, base } = parts
  const sources: Record<string, SourceSpecification> = { ...cellSources(parts.cells) }
  const layers: LayerSpecification[] = [{ id: 'ground', type: 'background', paint: { 'background-color': colours.land } }]
  if (base?.type === 'raster') {
    sources['base'] = { type: 'raster', tiles: [base.url], tileSize: base.tile_size, maxzoom: base.max_zoom, attribution: credit(base.attribution, parts.lang) }
    layers.push({ id: 'base', type: 'raster', source: 'base', paint: picturePaint(colours) })
  } else if (base?.type === 'pmtiles') {
    const from = { url: `pmtiles://${location.origin}${base.url}`, attribution: credit(base.attribution, parts.lang) }
    sources['base'] = parts.pictures ? { type: 'raster', ...from } : { type: 'vector', ...from }
    layers.push(...(parts.pictures ? [{ id: 'base', type: 'raster' as const, source: 'base', paint: picturePaint(colours) }] : baseLayers(colours)))
  }
  return { version: 8, sources, layers: [...layers, ...cellLayers(parts)] }
}

/** Whose map it is, in the page's language. */
function credit(attribution: string | Text, lang: Lang): string {
  return typeof attribution === 'string' ? attribution : say(attribution, lang)
}

function cellSources(cells: CellSource): Record<string, SourceSpecification> {
  if ('tiles' in cells) return { cells: { type: 'vector', tiles: [cells.tiles], bounds: cells.bounds, minzoom: 0, maxzoom: cells.maxZoom, promoteId: 'id' } }
  return {
    cells: { type: 'geojson', data: cells.outlines, promoteId: 'id' },
    labels: { type: 'geojson', data: cells.labels },
  }
}

/** Pictures of others stand back behind what is ours, and do not glare at night. */
function picturePaint(colours: MapColours): { 'raster-saturation': number; 'raster-brightness-max': number; 'raster-opacity': number } {
  return { 'raster-saturation': -0.35, 'raster-brightness-max': isDark(colours) ? 0.5 : 1, 'raster-opacity': 0.92 }
}

function isDark(colours: MapColours): boolean {
  return colours.land.startsWith('#1')
}

/** A quiet drawing of the usual layers of a PMTiles base map, where a file has them. */
function baseLayers(colours: MapColours): LayerSpecification[] {
  const dark = isDark(colours)
  const water = dark ? '#16242f' : '#d5e3ea'
  const green = dark ? '#182019' : '#e6ece2'
  const road = dark ? '#2b313a' : '#ffffff'
  const from = { source: 'base' } as const
  return [
    { id: 'base-green', type: 'fill', ...from, 'source-layer': 'landuse', paint: { 'fill-color': green } },
    { id: 'base-water', type: 'fill', ...from, 'source-layer': 'water', paint: { 'fill-color': water } },
    { id: 'base-roads', type: 'line', ...from, 'source-layer': 'roads', paint: { 'line-color': road, 'line-width': ['interpolate', ['linear'], ['zoom'], 11, 0.6, 16, 5] } },
    { id: 'base-buildings', type: 'fill', ...from, 'source-layer': 'buildings', minzoom: 14, paint: { 'fill-color': dark ? '#20252c' : '#e4e5e2' } },
  ]
}

function cellLayers({ cells, colours, lang, names, borders }: StyleParts): LayerSpecification[] {
  const tiled = 'tiles' in cells
  const cell = tiled ? { source: 'cells', 'source-layer': 'cell' } : { source: 'cells' }
  const border = tiled ? { source: 'cells', 'source-layer': 'border' } : { source: 'cells' }
  const label = tiled ? { source: 'cells', 'source-layer': 'label' } : { source: 'labels' }
  const lines = { visibility: borders ? 'visible' : 'none', 'line-join': 'round' } as const
  const title: ExpressionSpecification = ['coalesce', ['get', `title_${lang}`], ['get', lang === 'zh' ? 'title_en' : 'title_zh'], ['get', 'id']]
  const leaf: ExpressionSpecification = ['==', ['get', 'leaf'], true]
  const depth = (n: number): ExpressionSpecification => ['==', ['get', 'depth'], n]
  const words = (size: ExpressionSpecification): NonNullable<SymbolLayerSpecification['layout']> => ({
    visibility: names ? 'visible' : 'none',
    'text-field': title,
    'text-font': TOWN_FONTS,
    'text-size': size,
    'text-max-width': 8,
    'text-padding': 2,
    'text-variable-anchor-offset': ['center', [0, 0], 'top', [0, 1.1], 'bottom', [0, -1.1]],
  })
  const ink = { 'text-color': colours.label, 'text-halo-color': colours.halo, 'text-halo-width': 1.4 }
  return [
    { id: 'cell-fill', type: 'fill', ...cell, filter: leaf, paint: { 'fill-color': colours.accent, 'fill-opacity': 0 } },
    { id: 'cell-lit', type: 'fill', ...cell, filter: ['==', ['get', 'id'], ''], paint: { 'fill-color': colours.accent, 'fill-opacity': 0.16 } },
    { id: 'cell-line', type: 'line', ...border, filter: ['>=', ['get', 'depth'], 2], layout: lines, minzoom: 10, paint: { 'line-color': colours.line, 'line-width': ['interpolate', ['linear'], ['zoom'], 11, 0.5, 15, 1.2] } },
    { id: 'village-line', type: 'line', ...border, filter: depth(1), layout: lines, paint: { 'line-color': colours.strong, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 0.8, 15, 2] } },
    { id: 'town-line', type: 'line', ...border, filter: depth(0), layout: lines, paint: { 'line-color': colours.strong, 'line-width': 2.4 } },
    { id: 'cell-selected', type: 'line', ...cell, filter: ['==', ['get', 'id'], ''], layout: { 'line-join': 'round' }, paint: { 'line-color': colours.accent, 'line-width': 3 } },
    {
      id: 'village-name',
      type: 'symbol',
      ...label,
      filter: ['all', depth(1), ['!', leaf]],
      maxzoom: 13.4,
      layout: words(['interpolate', ['linear'], ['zoom'], 10, 11, 13, 15]),
      paint: ink,
    },
    { id: 'cell-name', type: 'symbol', ...label, filter: leaf, minzoom: 13, layout: words(['interpolate', ['linear'], ['zoom'], 13, 11, 16, 14]), paint: ink },
  ]
}
