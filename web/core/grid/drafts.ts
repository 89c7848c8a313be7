/** Drafts of the grid and its editions, by the API. */
import type { Geometry } from 'geojson'
import type { components } from '@api/schema'
import type { Api } from '../api'
import { ONCE, READ } from '../connection'
import type { Box } from '../geo'
import type { Actor, Instant, LonLat } from '../model'
import type { Text } from '../text'
import { queryOf } from '../transport'

type Schemas = components['schemas']

/** A drawing that is being made: of cells that fit, or of a file with defects. */
export type Draft = Schemas['Draft']
/** An official code: whose list, of which day. */
export type Code = Schemas['Code']
export type DrawnCell = Omit<Schemas['DrawnCell'], 'at'> & { at: LonLat }
/** A border between two leaves, or between a leaf and what lies outside. */
export type Arc = Omit<Schemas['DrawnBorder'], 'line'> & { line: LonLat[] }
/** What was drawn for a cell in a file with defects; `feature` counts from 1. */
export type Shape = Omit<Schemas['DrawnShape'], 'geometry'> & { geometry: Geometry | null }
export type DrawingData = Omit<Schemas['Drawing'], 'arcs' | 'bounds' | 'cells' | 'shapes'> & { bounds: Box; cells: DrawnCell[]; arcs: Arc[]; shapes: Shape[] }
/** What an edit changed: some borders and cells, or the whole drawing. */
export type Change = Omit<Schemas['DraftChanged'], 'arcs' | 'cells' | 'drawing'> & { arcs: Arc[]; cells: DrawnCell[]; drawing: DrawingData | null }
export type Defect = Omit<Schemas['GridDefect'], 'at' | 'geometry'> & { at: LonLat | null; geometry: Geometry | null }

/** One edit; places in degrees. */
export type Edit =
  | { type: 'move_vertex'; from: LonLat; to: LonLat }
  | { type: 'move_arc'; on: LonLat; by: LonLat }
  | { type: 'redraw'; from: LonLat; to: LonLat; through: LonLat[] }
  | { type: 'split'; cell: string; line: LonLat[]; new: Schemas['NewCell'] }
  | { type: 'merge'; keep: string; gone: string[] }
  | { type: 'hand_over'; from: string; to: string; line: LonLat[] }
  | { type: 'describe'; cell: string; title?: Schemas['Text']; codes?: Code[]; parent?: string }
  | { type: 'remove_feature'; feature: number }

/** Ground that changed hands; null for nobody. A repair says why, a comparison where exactly. */
export interface Moved { from: string | null; to: string | null; area_m2: number; at: LonLat; why?: Text; geometry?: Geometry | null }
export type Repair = Omit<Schemas['Repaired'], 'moved' | 'left' | 'drawing'> & { moved: Moved[]; left: Defect[]; drawing: DrawingData }
/** How cells are to be divided anew; no cells means all. Barriers are rivers and roads. */
export type Suggestion = Omit<Schemas['Suggest'], 'version' | 'barriers'> & { barriers?: LonLat[][] }
export type GridDiff = Omit<Schemas['GridDiff'], 'moved'> & { moved: Moved[] }
/** A record that lies in another cell after publication. */
export type Rehomed = Schemas['RehomedRecord']
/** What publishing would do. */
export type Impact = Schemas['DraftImpact']
export type Published = Schemas['Published']
export type Edition = Omit<Schemas['Edition'], 'by'> & { by: Actor }

/** How a file is to be read; what is left out is found out. */
export interface FileReading { title: string; file?: string | undefined; crs?: string | undefined; id?: string | undefined; parent?: string | undefined; layer?: string | undefined; name?: string | undefined }
export type Download = 'geojson' | 'topojson' | 'gpkg'

/** A drawing of many cells, and what a repair or a comparison makes of it, may take its time. */
const LONG = { attempts: 1, timeoutMs: 120_000 }
const READ_LONG = { ...READ, timeoutMs: 120_000 }

export class Drafts {
  constructor(private readonly api: Api) {}

  async all(): Promise<Draft[]> {
    return (await this.api.plain<{ items: Draft[] }>('GET', '/drafts', { sending: READ })).items
  }
  one(id: string): Promise<Draft> {
    return this.api.plain('GET', `/drafts/${id}`, { sending: READ })
  }
  begin(title: string): Promise<Draft> {
    return this.api.plain('POST', '/drafts', { body: { title, from: 'in_force' }, sending: LONG })
  }
  async load(file: Blob, reading: FileReading): Promise<Draft> {
    return this.send('POST', `/drafts${queryOf({ ...reading })}`, file, 'application/octet-stream')
  }
  rename(id: string, title: string): Promise<Draft> {
    return this.api.plain('PATCH', `/drafts/${id}`, { body: { title } })
  }
  drop(id: string): Promise<void> {
    return this.api.plain('DELETE', `/drafts/${id}`)
  }
  drawing(id: string): Promise<DrawingData> {
    return this.api.plain('GET', `/drafts/${id}/drawing`, { sending: READ_LONG })
  }
  async defects(id: string): Promise<Defect[]> {
    return (await this.api.plain<{ defects: Defect[] }>('GET', `/drafts/${id}/defects`, { sending: READ_LONG })).defects
  }
  edit(id: string, version: number, edit: Edit): Promise<Change> {
    return this.api.plain('POST', `/drafts/${id}/edits`, { body: { version, edit }, sending: LONG })
  }
  step(id: string, version: number, which: 'undo' | 'redo'): Promise<Change> {
    return this.api.plain('POST', `/drafts/${id}/${which}`, { body: { version }, sending: LONG })
  }
  repair(id: string, version: number, toleranceM: number, preview: boolean): Promise<Repair> {
    return this.api.plain('POST', `/drafts/${id}/repair`, { body: { version, tolerance_m: toleranceM, preview }, sending: LONG })
  }
  suggest(id: string, version: number, wish: Suggestion): Promise<Change> {
    return this.api.plain('POST', `/drafts/${id}/suggest`, { body: { version, ...wish }, sending: LONG })
  }
  async points(id: string): Promise<[number, number, number][]> {
    return (await this.api.plain<{ points: [number, number, number][] }>('GET', `/drafts/${id}/points`, { sending: READ_LONG })).points
  }
  putPoints(id: string, table: Blob, crs?: string): Promise<Draft> {
    return this.send('PUT', `/drafts/${id}/points${queryOf({ crs })}`, table, 'text/csv')
  }
  dropPoints(id: string): Promise<Draft> {
    return this.api.plain('DELETE', `/drafts/${id}/points`)
  }
  diff(id: string, edition = 'in_force'): Promise<GridDiff> {
    return this.api.plain('GET', `/drafts/${id}/diff`, { query: { with: edition }, sending: READ_LONG })
  }
  impact(id: string): Promise<Impact> {
    return this.api.plain('GET', `/drafts/${id}/impact`, { sending: READ_LONG })
  }
  /** Gives the ground that it should fill; what it lacks and has too much is told as defects. */
  putBoundary(id: string, file: Blob, reading: { file: string; crs?: string | undefined }): Promise<Draft> {
    return this.send('PUT', `/drafts/${id}/boundary${queryOf({ ...reading })}`, file, 'application/octet-stream')
  }
  /** It should fill again what the town filled when it began. */
  dropBoundary(id: string): Promise<Draft> {
    return this.api.plain('DELETE', `/drafts/${id}/boundary`)
  }
  /**
   * Puts it in force, at once or at an instant; `over` names the edition in force where it is no longer the one it began with, and
   * `boundary_changes` says that the town's own boundary changes.
   */
  publish(id: string, version: number, reason: string, how: { at?: Instant; over?: string; boundary_changes?: boolean } = {}): Promise<Published> {
    return this.api.plain('POST', `/drafts/${id}/publish`, { body: { version, reason, ...how }, sending: LONG })
  }
  unschedule(id: string): Promise<void> {
    return this.api.plain('DELETE', `/drafts/${id}/publish`, { sending: ONCE })
  }
  async editions(): Promise<Edition[]> {
    return (await this.api.plain<{ items: Edition[] }>('GET', '/editions', { sending: READ })).items
  }
  editionDiff(edition: string, other: string): Promise<GridDiff> {
    return this.api.plain('GET', `/editions/${encodeURIComponent(edition)}/diff`, { query: { with: other }, sending: READ_LONG })
  }
  /** The cells of an edition as a file. */
  async download(edition: string, format: Download): Promise<Blob> {
    const request = new Request(this.api.address(`/editions/${encodeURIComponent(edition)}/cells${queryOf({ format })}`))
    return (await this.api.fetch(request, READ_LONG)).blob()
  }

  private async send<T>(method: string, path: string, body: Blob, type: string): Promise<T> {
    const request = new Request(this.api.address(path), { method, body, headers: { 'Content-Type': type } })
    return (await (await this.api.fetch(request, LONG)).json()) as T
  }
}
