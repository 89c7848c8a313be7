/**
 * The nouns of the API as TypeScript types. What the OpenAPI document says exactly is taken from it; what it leaves open
 * (fields of a record, a pack as the pack language writes it) is said here as the server writes it.
 */
import type { components } from '@api/schema'
import type { ChoiceList, Field } from './packmodel'
import type { Text } from './text'

export type * from './packmodel'

type Schemas = components['schemas']

/** Any JSON value, as fields of records hold it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
/** A JSON object. */
export type JsonObject = { [key: string]: Json }
/** An instant as RFC 3339 text with an offset. */
export type Instant = string
/** Longitude and latitude in degrees, WGS 84. */
export type LonLat = [number, number]

/** The four stages of a case. */
export type Stage = 'report' | 'triage' | 'handle' | 'close'
/** Whether a place is asked. */
export type PlaceRule = 'required' | 'optional' | 'none'

/** A problem as it is spoken (RFC 9457); `text` holds its detail in every language. */
export type Problem = Omit<Schemas['Problem'], 'text'> & { text: Text }
/** How the server is. */
export type Status = Schemas['Status']
/** Who did something. */
export type Actor = { person: string } | { reporter: string } | 'public' | 'system'
/** A post that answers for a record. */
export type Assignee = { unit?: string | null; cell?: string | null; post: string; person?: string | null; done?: boolean }
/** Whom a command may name in `data.assignee`. */
export type Candidate = { unit?: string | null; cell?: string | null; post: string; title: Text }
/** A deadline, its instant and the span from which it came (`2 workhours`). */
export type Deadline = { at: Instant; span: string; uncertain?: boolean }
/** Time added to deadlines. */
export type Extension = { at: Instant; span: string }

/** A stretch of time on the way to a deadline. */
export interface Step { from: Instant; to: Instant; counted: boolean; why: Text }
/** How one deadline came about. */
export interface Working {
  deadline: Deadline
  start: Instant
  rule: string
  extensions: Extension[]
  /** From the start to the deadline, without gaps. */
  steps: Step[]
  /** Where it is late: from the deadline to the answer. */
  after?: Step[]
  text: Text
}
/** How the deadlines of a record came about. */
export interface Explanation { case?: Working; state?: Working }

/** An action that somebody asked for and somebody else must agree to. */
export interface Request { action: string; data?: JsonObject; assigned?: Assignee[] | null; by: Actor; at: Instant }

/** A record as whoever may see it gets it. */
export interface CaseRecord {
  id: string
  kind: string
  pack: number
  number?: string | null
  state: string
  stage?: Stage | null
  version: number
  seq: number
  cell: string
  place?: LonLat | null
  fields: JsonObject
  assigned: Assignee[]
  reporters: Actor[]
  request?: Request | null
  opened: Instant
  changed: Instant
  since: Instant
  closed?: Instant | null
  due?: Instant | null
  case_deadline?: Deadline | null
  state_deadline?: Deadline | null
  extensions?: Extension[]
  stopped?: [Instant, Instant | null][]
  late: boolean
  late_level: [number, number]
  merged?: string[]
  merged_into?: string | null
  sealed?: string[]
  personal?: { [purpose: string]: JsonObject }
  deadlines?: Explanation | null
}

/** A record in short, as the live stream tells it beside each entry: as it is now, not as the entry left it. */
export interface Brief {
  id: string
  kind: string
  number?: string | null
  state: string
  stage?: Stage | null
  version: number
  cell: string
  place?: LonLat | null
  opened: Instant
  closed?: Instant | null
  due?: Instant | null
  late: boolean
  assigned: Assignee[]
  /** What titles it as its kind's views say; the live stream and replays leave it out. */
  title?: Json
  /** The choices by which its kind is counted, by field. */
  choices?: { [field: string]: Json } | null
}

/** A page of records; `next` is absent at the end. */
export interface Page { records: CaseRecord[]; next?: string | null }

/** One line of the journal. */
export interface Entry {
  seq: number
  command: string
  at: Instant
  received: Instant
  time: Instant
  actor: Actor
  kind: string
  pack: number
  record: string
  action: string
  version: number
  state?: string | null
  number?: string | null
  place?: LonLat | null
  cell?: string | null
  set?: JsonObject
  personal?: { [purpose: string]: Json }
  assigned?: Assignee[] | null
  extended?: string | null
  requested?: Request | null
  settled?: boolean | null
  note?: string | null
  instead_of?: Request | null
  files?: string[]
  merged_into?: string | null
  joined?: { record: string; reporters: Actor[] } | null
  late?: { level: number; due: Instant; case: boolean; told: string[] } | null
  erased?: string[]
}
/** An entry with its place in the chain of hashes; `hashed` is what was hashed, where proof was asked. */
export interface Line { entry: Entry; before: string; hash: string; hashed?: string | null }
/** A record's journal. */
export interface Journal { entries: Line[] }
/** What the live stream tells: an entry and its record as it is now. */
export interface LiveEntry { seq: number; entry: Entry; record: Brief }
/** A look at personal data. */
export type Look = Schemas['Look']

/** A field as a form asks it now. */
export interface Asked {
  id: string
  field: Field
  required: boolean
  /** Whether its condition holds for the record as it is. */
  asked: boolean
  value?: Json
  options?: ChoiceList | null
  purpose?: Text | null
}

/** What becomes of the assignment when an action is done. */
export type Assign = 'choose' | 'route' | 'join' | 'previous' | 'actor' | 'nobody'

/** An action that somebody may do now, with its form. */
export interface Offer {
  kind: string
  action: string
  title: Text
  to?: string | null
  form: Asked[]
  assign?: Assign | null
  assignees?: Candidate[]
  approval: boolean
  request?: Request | null
  place: PlaceRule
  note_required: boolean
}
/** What may be done to a record, and the version to which that applies. */
export interface Offers { version: number; actions: Offer[] }

/** A command: the only way to change anything. */
export interface Command {
  id: string
  at: Instant
  kind: string
  record: string
  action: string
  version?: number
  place?: LonLat
  data?: JsonObject
  files?: string[]
}
/** What became of a command. */
export interface Outcome {
  outcome: 'done' | 'repeated' | 'merged' | 'refused'
  id?: string | null
  record?: string | null
  number?: string | null
  state?: string | null
  cell?: string | null
  version?: number | null
  seq?: number | null
  follow?: { number?: string | null; token: string } | null
  problem?: Problem | null
}

/** A post that somebody holds. */
export interface Held { id: string; post: string; title: Text; cell?: string | null; unit?: string | null; at: Text; from: Instant; until?: Instant | null }
/** Who is signed in. */
export interface Me { account: string; person: string; name: string; posts: Held[]; creations: Offer[] }
/** A person with the posts they hold. */
export interface Person { id: string; name: string; active: boolean; posts: Held[] }
/** A unit: a centre, a department, a firm's desk. */
export interface Unit { id: string; role: string; title: Text; cell?: string | null; active: boolean }

/** A cell of the territory. */
export interface Cell {
  id: string
  title: Text
  level: string
  parent?: string | null
  leaf: boolean
  /** Where its name is written. */
  label: LonLat
  area_m2: number
  codes?: { scheme: string; date: string; code: string }[]
}
/** The territory's tree, the root first. */
export interface Territory { root: string; levels: { id: string; title: Text }[]; cells: Cell[] }
/** A cell by name. */
export interface CellName { id: string; title: Text; level: string; leaf: boolean; parent?: string | null }
/** A post that answers for a cell, and who holds it. */
export interface Answering { cell: string; post: string; title: Text; people: { id: string; name: string; active: boolean }[] }
/** The cell of a place, the cells above it and the chain of posts that answer. */
export interface Located { cell: CellName; above: CellName[]; chain: Answering[] }

/** An open record that is likely the same thing. */
export interface Likely {
  record?: string | null
  number?: string | null
  title?: Json
  stage?: Stage | null
  opened: Instant
  distance_m: number
  photo?: string | null
  same: JsonObject
}
/** How far a report has come, for whoever follows it. */
export interface Progress {
  number?: string | null
  kind: Text
  state: Text
  stage?: Stage | null
  opened: Instant
  closed?: Instant | null
  due?: Instant | null
  steps: { time: Instant; what: Text; state?: Text | null }[]
  merged_into?: Progress | null
}
/** A stored file; `hash` names it in fields and commands. */
export interface Stored { hash: string; media: string; bytes: number; width?: number | null; height?: number | null; thumbnail?: string | null }
/** A sum over a cell, of a day or of what stands now. */
export interface Sum { kind: string; measure: string; cell: string; day?: string | null; n: number }
