import type { Feature, FeatureCollection, Geometry } from 'geojson'
import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl'
import { toDatum, type Datum } from '@core/geo'
import type { LonLat } from '@core/model'
import type { Arc, DrawnCell } from '@core/grid/drafts'
import { shaded } from '@core/grid/load'
import type { Drawing } from '@core/grid/drawing'
import { isFree } from './pen'
import { editorColours, editorLayers, SOURCES } from './paint'
import type { Touched, Workbench } from './workbench'

/** Geometry beside the drawing: defects with their places, or ground that changed hands. */
export interface Extra { of: 'defect' | 'place' | 'moved'; geometry: Geometry; key: string }
/** How cells are written on the map. */
export interface Words { title: (cell: DrawnCell) => string; figure: (cell: DrawnCell) => string }

type SourceName = (typeof SOURCES)[number]
const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] }
const line = (coordinates: LonLat[], properties: Record<string, unknown>): Feature => ({ type: 'Feature', properties, geometry: { type: 'LineString', coordinates } })

/**
 * The draft on the map. The drawing lies in sources of its own that are told only what changed; whatever follows the pointer lies
 * in a small one, and hides what it stands for.
 */
export class DraftLayers {
  private states = new Map<string, { source: SourceName; id: string; name: 'moving' | 'chosen' }>()
  private ready = false
  private extra: { items: readonly Extra[]; lit: string | undefined } = { items: [], lit: undefined }
  private hovered: Arc | undefined

  constructor(
    private readonly map: MapLibre,
    private readonly bench: Workbench,
    private readonly datum: Datum,
    private words: Words,
  ) {}

  /** Puts everything on a style that has just been loaded. */
  begin(): void {
    for (const id of SOURCES) if (!this.map.getSource(id)) this.map.addSource(id, { type: 'geojson', data: EMPTY, ...(['draft-cells', 'draft-arcs', 'draft-labels'].includes(id) ? { promoteId: 'id' } : {}), ...(id === 'draft-live' ? { tolerance: 0 } : {}) })
    for (const layer of editorLayers(editorColours())) if (!this.map.getLayer(layer.id)) this.map.addLayer(layer)
    this.ready = true
    this.states.clear()
    this.drawing('all')
    this.live()
    this.guides()
    this.show(this.extra.items, this.extra.lit)
  }

  say(words: Words): void {
    this.words = words
    this.drawing('all')
  }

  /** Draws what was touched. */
  drawing(touched: Touched): void {
    const { drawing, shapes, draft } = this.bench
    if (!this.ready || !drawing) return
    this.hovered = undefined
    const apart = draft.value?.state === 'defective' && drawing.arcs.size === 0
    if (apart) {
      this.set('draft-cells', shapes.flatMap((shape): Feature[] => (shape.geometry ? [{ type: 'Feature', properties: { id: `feature ${shape.feature}`, drawn: 'apart', shade: 0.1 }, geometry: this.drawn(shape.geometry) }] : [])))
      this.set('draft-arcs', [])
      this.set('draft-labels', [...drawing.cells.values()].filter((cell) => cell.leaf).map((cell) => this.label(cell)))
    } else if (touched === 'all') {
      this.set('draft-cells', drawing.leaves().map((cell) => this.cell(drawing, cell)))
      this.set('draft-arcs', [...drawing.arcs.values()].map((arc) => this.arc(drawing, arc)))
      this.set('draft-labels', drawing.leaves().map((cell) => this.label(cell)))
    } else {
      this.update('draft-arcs', touched.arcs, (id) => { const arc = drawing.arcs.get(id); return arc && this.arc(drawing, arc) })
      this.update('draft-cells', touched.cells, (id) => { const cell = drawing.cells.get(id); return cell?.leaf ? this.cell(drawing, cell) : undefined })
      this.update('draft-labels', touched.cells, (id) => { const cell = drawing.cells.get(id); return cell?.leaf ? this.label(cell) : undefined })
    }
    this.mark()
  }

  /** Draws what follows the pointer and the keys. */
  live(hovered: Arc | undefined = this.hovered): void {
    if (!this.ready) return
    this.hovered = hovered
    const { bench } = this
    const [held, stroke, refused] = [bench.held.value, bench.stroke.value, bench.refused.value]
    const features: Feature[] = []
    if (hovered && !held) features.push(line(this.places(hovered.line), { of: 'hover' }))
    for (const tried of refused?.tried ?? []) if (tried.length > 1) features.push(line(this.places(tried), { of: 'tried' }))
    for (const each of held?.lines.values() ?? []) features.push(line(this.places(each), { of: 'line', bad: held?.crossing !== undefined }))
    const cut = bench.cut()
    for (const side of ['left', 'right'] as const) {
      if (cut) features.push({ type: 'Feature', properties: { of: 'piece', side: side === 'left' ? 'new' : 'old' }, geometry: this.drawn({ type: 'MultiPolygon', coordinates: cut[side].polygons }) })
    }
    if (stroke) {
      if (stroke.places.length > 1) features.push(line(this.places(stroke.places), { of: 'line' }))
      if (stroke.over && !stroke.done) features.push(line(this.places([stroke.places.at(-1) as LonLat, stroke.over]), { of: 'rubber' }))
    }
    this.set('draft-live', features)
    this.mark()
  }

  /** Draws the vertices that can be taken hold of. */
  handles(): void {
    const { drawing, draft, chosen, tool, vertex, stroke, cursor, held } = this.bench
    if (!this.ready) return
    const features: Feature[] = []
    const put = (at: LonLat, of: string): void => void features.push({ type: 'Feature', properties: { of }, geometry: { type: 'Point', coordinates: toDatum(at, this.datum) } })
    if (drawing && draft.value?.state === 'partition' && tool.value !== 'border') {
      const cells = stroke.value?.cell ? [stroke.value.cell] : chosen.value.slice(0, 20)
      const seen = new Set<string>()
      const edit = held.value?.edit
      const taken = edit?.type === 'move_vertex' ? edit : undefined
      if (taken) seen.add(taken.from.join())
      const to = taken?.to ?? (edit?.type === 'redraw' ? edit.through[0] : undefined)
      if (to) put(to, 'focus')
      for (const arc of cells.flatMap((cell) => [...drawing.arcsOf(cell)])) {
        const outer = arc.left === null || arc.right === null
        arc.line.forEach((at, place) => {
          if (seen.has(at.join())) return
          seen.add(at.join())
          const end = place === 0 || place === arc.line.length - 1
          put(at, outer || (end && !isFree({ at, arcs: drawing.passing(at) })) ? 'fixed' : 'vertex')
        })
      }
    }
    for (const at of stroke.value?.places ?? []) put(at, 'vertex')
    if (vertex.value && !held.value) put(vertex.value, 'focus')
    if (cursor.value) put(cursor.value, 'cursor')
    this.set('draft-handles', features)
  }

  guides(): void {
    if (this.ready) this.set('draft-guides', (this.bench.guides.value?.lines ?? []).map((each) => line(this.places(each), {})))
  }

  /** Draws defects or ground that changed hands, one of them brought out. */
  show(items: readonly Extra[], lit: string | undefined): void {
    this.extra = { items, lit }
    if (this.ready) this.set('draft-extra', items.map(({ of, geometry, key }) => ({ type: 'Feature', properties: { of, key, lit: key === lit }, geometry: this.drawn(geometry) })))
  }

  /** Hides what is being moved and brings out what is chosen, by the state of features: nothing is sent to the worker. */
  private mark(): void {
    const { drawing, chosen, held } = this.bench
    const next: typeof this.states = new Map()
    const want = (source: SourceName, id: string, name: 'moving' | 'chosen'): void => void next.set(`${source} ${id} ${name}`, { source, id, name })
    for (const cell of chosen.value) {
      want('draft-cells', cell, 'chosen')
      for (const arc of drawing?.arcsOf(cell) ?? []) want('draft-arcs', arc.id, 'chosen')
    }
    for (const id of held.value?.lines.keys() ?? []) want('draft-arcs', id, 'moving')
    // Between two styles there is nothing to mark.
    if (!this.map.getSource('draft-arcs')) return
    for (const [key, { source, id, name }] of this.states) if (!next.has(key)) this.map.setFeatureState({ source, id }, { [name]: false })
    for (const [key, { source, id, name }] of next) if (!this.states.has(key)) this.map.setFeatureState({ source, id }, { [name]: true })
    this.states = next
  }

  private set(name: SourceName, features: Feature[]): void {
    void this.map.getSource<GeoJSONSource>(name)?.setData({ type: 'FeatureCollection', features })
  }

  /** Tells a source which of its features are other ones now. */
  private update(name: SourceName, ids: Iterable<string>, make: (id: string) => Feature | undefined): void {
    const [remove, add]: [string[], Feature[]] = [[], []]
    for (const id of ids) {
      const feature = make(id)
      // What is added takes the place of what has its id.
      if (feature) add.push(feature)
      else remove.push(id)
    }
    void this.map.getSource<GeoJSONSource>(name)?.updateData({ remove, add })
  }

  private cell(drawing: Drawing, cell: DrawnCell): Feature {
    return { type: 'Feature', properties: { id: cell.id, shade: shaded(cell.households, this.bench.goal.value.most) }, geometry: this.drawn({ type: 'MultiPolygon', coordinates: drawing.polygons(cell.id) }) }
  }

  /** Depth 0 is the outline, 1 a border between cells of different parents, 2 any other. */
  private arc(drawing: Drawing, arc: Arc): Feature {
    const parents = [arc.left, arc.right].map((cell) => drawing.cells.get(cell ?? '')?.parent ?? null)
    const depth = arc.left === null || arc.right === null ? 0 : parents[0] === parents[1] ? 2 : 1
    return line(this.places(arc.line), { id: arc.id, depth })
  }

  private label(cell: DrawnCell): Feature {
    return { type: 'Feature', properties: { id: cell.id, title: this.words.title(cell), figure: this.words.figure(cell) }, geometry: { type: 'Point', coordinates: toDatum(cell.at, this.datum) } }
  }

  private places(of: readonly LonLat[]): LonLat[] {
    return this.datum === 'wgs84' ? (of as LonLat[]) : of.map((place) => toDatum(place, this.datum))
  }

  private drawn(geometry: Geometry): Geometry {
    if (this.datum === 'wgs84' || geometry.type === 'GeometryCollection') return geometry
    const shift = (value: unknown): unknown => (Array.isArray(value) && typeof value[0] === 'number' ? toDatum([value[0], value[1] as number], this.datum) : (value as unknown[]).map(shift))
    return { ...geometry, coordinates: shift(geometry.coordinates) } as Geometry
  }
}
