import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre, MapMouseEvent, StyleSpecification } from 'maplibre-gl'
import type { FeatureCollection } from 'geojson'
import { fromDatum, toDatum, type Box } from '@core/geo'
import type { LonLat } from '@core/model'
import { drawClusters } from './clusters'
import { addMarkImages } from './images'
import type { Focus, Mark } from './mark'
import { addMarks, markFeatures, setMarks } from './marks'
import { mapColours } from './style'
import type { TownMap } from './town-map'

/** What the map shows besides its style; given anew whenever it changes. */
export interface Shown {
  marks: readonly Mark[]
  cluster: boolean
  figures: ReadonlyMap<string, number> | undefined
  selected: string | undefined
  lit: string | undefined
  chosen: string | undefined
  picked: ReadonlySet<string> | undefined
  me: { place: LonLat; accuracy?: number | null } | null
}

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] }
/** The layers on which a cell can be pressed. */
export const CELL_LAYER = 'cell-fill'

/** What stands on the map above its style: marks, figures, the chosen cell, where I am. It survives a change of style. */
export class MapDrawing {
  private shown: Shown = { marks: [], cluster: true, figures: undefined, selected: undefined, lit: undefined, chosen: undefined, picked: undefined, me: null }
  private ready = false

  constructor(
    readonly map: MapLibre,
    public town: TownMap,
  ) {}

  /** Puts everything on the style that has just been loaded. */
  begin(): void {
    const colours = mapColours()
    addMarkImages(this.map, colours.surface, colours.late)
    drawClusters(this.map, colours)
    this.map.addSource('me', { type: 'geojson', data: EMPTY })
    this.map.addLayer({ id: 'me-range', type: 'fill', source: 'me', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colours.accent, 'fill-opacity': 0.12 } })
    this.map.addLayer({
      id: 'me',
      type: 'circle',
      source: 'me',
      filter: ['==', ['geometry-type'], 'Point'],
      // A ring, so that nobody takes it for a report.
      paint: { 'circle-radius': 6, 'circle-color': '#ffffff', 'circle-stroke-width': 4, 'circle-stroke-color': colours.accent },
    })
    addMarks(this.map, markFeatures(this.shown.marks, this.town.datum), this.shown.cluster, colours.accent)
    this.ready = true
    this.show(this.shown, true)
  }

  /** Loads another style (other language, other theme) below what stands on it. */
  restyle(style: StyleSpecification): void {
    this.ready = false
    this.map.setStyle(style, { diff: false })
    this.map.once('style.load', () => this.begin())
  }

  /** Draws another edition of the cells below what stands on it. */
  follow(town: TownMap, style: StyleSpecification): void {
    this.town = town
    this.restyle(style)
  }

  /** Shows what is given; only what changed is drawn anew. */
  show(next: Shown, all = false): void {
    const last = this.shown
    this.shown = next
    if (!this.ready) return
    if (all || last.marks !== next.marks) setMarks(this.map, markFeatures(next.marks, this.town.datum))
    if (all || last.figures !== next.figures) this.figure(next.figures)
    if (all || last.selected !== next.selected) this.map.setFilter('cell-selected', ['==', ['get', 'id'], next.selected ?? ''])
    if (all || last.lit !== next.lit) this.map.setFilter('cell-lit', ['==', ['get', 'id'], next.lit ?? ''])
    if (all || last.chosen !== next.chosen) this.map.setFilter('mark-chosen', ['==', ['get', 'id'], next.chosen ?? ''])
    if (all || last.picked !== next.picked) this.map.setFilter('mark-picked', ['in', ['get', 'id'], ['literal', [...(next.picked ?? [])]]])
    if (all || last.me !== next.me) void this.map.getSource<GeoJSONSource>('me')?.setData(this.around(next.me))
  }

  /** Looks where it is told, at once where motion is not wanted. */
  look(focus: Focus | undefined, cellBox: Box | undefined, padding: number): void {
    const calm = window.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? false
    const moves = { duration: calm ? 0 : 600, padding, maxZoom: 16 }
    if (!focus) this.map.fitBounds(this.town.bounds, { ...moves, duration: 0 })
    else if ('cell' in focus) {
      if (cellBox) this.map.fitBounds(cellBox, moves)
    } else if ('box' in focus) {
      const [w, s, e, n] = focus.box
      this.map.fitBounds([...this.draw([w, s]), ...this.draw([e, n])], moves)
    } else {
      const place = 'point' in focus ? focus.point : this.shown.marks.find((mark) => mark.id === focus.mark)?.place
      const zoom = 'point' in focus ? (focus.zoom ?? 15.5) : Math.max(this.map.getZoom(), 15.5)
      if (place) this.map.easeTo({ center: this.draw(place), zoom, duration: moves.duration })
    }
  }

  /** A place as this map draws it. */
  draw(place: LonLat): LonLat {
    return toDatum(place, this.town.datum)
  }

  /** The true place of a point of this map. */
  truth(place: LonLat): LonLat {
    return fromDatum(place, this.town.datum)
  }

  /** The cell at a point of the screen. */
  cellAt(point: MapMouseEvent['point']): string | undefined {
    const found = this.map.queryRenderedFeatures(point, { layers: [CELL_LAYER] })[0]?.properties['id'] as unknown
    return typeof found === 'string' ? found : undefined
  }

  private figure(figures: ReadonlyMap<string, number> | undefined): void {
    const most = Math.max(0, ...(figures?.values() ?? []))
    if (!figures || most === 0) {
      this.map.setPaintProperty(CELL_LAYER, 'fill-opacity', 0)
      return
    }
    const cases = [...figures].filter(([, n]) => n > 0).flatMap(([cell, n]): (string | number)[] => [cell, 0.08 + 0.55 * Math.sqrt(n / most)])
    this.map.setPaintProperty(CELL_LAYER, 'fill-opacity', cases.length > 0 ? (['match', ['get', 'id'], ...cases, 0] as unknown as ExpressionSpecification) : 0)
  }

  private around(me: Shown['me']): FeatureCollection {
    if (!me) return EMPTY
    const [lon, lat] = this.draw(me.place)
    const features: FeatureCollection['features'] = [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lon, lat] } }]
    if (me.accuracy && me.accuracy > 5) {
      const north = me.accuracy / 111_320
      const east = north / Math.cos((lat * Math.PI) / 180)
      const ring = Array.from({ length: 49 }, (_, i) => [lon + east * Math.cos((i * Math.PI) / 24), lat + north * Math.sin((i * Math.PI) / 24)])
      features.push({ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } })
    }
    return { type: 'FeatureCollection', features }
  }
}
