/** What the surfaces ask of the town beside records: the map, a day played again, duty, figures, advice, packs as files. */
import type { components } from '@api/schema'
import type { Brief, Instant, LiveEntry } from './model'
import type { Said, Text } from './text'

type Schemas = components['schemas']

/** The map: tiles of cells by the server, and the base map below them, if the town has one. */
export type BaseMap = Omit<Schemas['Map'], 'bounds'> & {
  /** West, south, east, north. */
  bounds: [number, number, number, number]
}
/** A map below the cells: pictures of a map service, or a PMTiles file that the town hands out. */
export type RasterBase = Extract<Schemas['BaseMap'], { type: 'raster' }>
export type TilesBase = Extract<Schemas['BaseMap'], { type: 'pmtiles' }>

/** The demo: who may be signed in as, and what each is good for. */
export type DemoTown = Schemas['Demo']
export type DemoAccount = Schemas['DemoAccount']

/** A page of a past day for the wall: the cases under way when it began (on the first page), and what happened. */
export interface Replay {
  from: Instant
  to: Instant
  /** The edition of the cells in force, for the tiles. */
  edition: string
  open: Brief[]
  entries: LiveEntry[]
  /** Asked with it as `cursor`, the day goes on; undefined at its end. */
  next?: string
}
/** The local days that have entries, the latest first. */
export type DaysWithEntries = Schemas['Days']

/** Who is on duty now: posts with how many hold them; names only for those who are signed in. */
export type Duty = Schemas['Duty']
export type OnDuty = Schemas['OnDuty']

/** The figures of a day, of all kinds together and of each. */
export type Figures = Schemas['Figures']
export type KindFigures = Schemas['KindFigures']
export type Numbers = Schemas['Numbers']

/** An open case near another. */
export type NearCase = Brief & {
  distance_m: number
  /** In which direction it lies, by the key of its word. */
  direction: Said
  /** Whether it is likely the same thing by its kind's rule. */
  likely_same: boolean
}
/** What helps to decide on a record. */
export interface Advice {
  near: NearCase[]
  /** Who would get it by the routes, and why. */
  route?: Schemas['RouteAdvice'] | null
  /** What the same reporter reported before. */
  earlier: Brief[]
  /** By when it would have to be done, and why. */
  limit?: Schemas['LimitAdvice'] | null
}

/** The YAML of a pack in force, by file name. */
export interface PackFiles {
  pack: string
  version: number
  files: { [name: string]: string }
}
/** A fault of a pack: where, what, and the mend. */
export type PackFault = Omit<Schemas['Fault'], 'what' | 'mend'> & { what: Text; mend: Text }

const WINDS: Record<Schemas['Direction'], string> = {
  north: 'n', north_east: 'ne', east: 'e', south_east: 'se', south: 's', south_west: 'sw', west: 'w', north_west: 'nw',
}

/** The server's advice, its near cases in one piece each. */
export function adviceOf(told: Schemas['Advice']): Advice {
  const near = told.near.map(({ record, distance_m, direction, likely_same }) => ({
    ...(record as Brief), distance_m, likely_same, direction: { key: `core.bearing.${WINDS[direction]}`, params: {} },
  }))
  return { near, route: told.route, earlier: told.earlier as Brief[], limit: told.limit }
}
