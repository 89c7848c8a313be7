import type { Actor, Assignee, Brief, CaseRecord, Entry, JsonObject, LonLat, Stage } from '@core/model'

/** What the wall must know of a kind to show its cases. */
export interface Rules {
  /** The choice fields that name a case: the first is its category. No free text is among them, so no name of a person. */
  counted: string[]
  /** The level of lateness at which nobody of the chain is left to tell. */
  chain: number
  stage: (state: string) => Stage | undefined
  final: (state: string) => boolean
}

/** A case as the wall knows it: category, cell and number, and nothing of any person. Times in ms of the epoch. */
export interface WallCase {
  id: string
  kind: string
  number: string
  /** Codes of its counted fields. */
  counted: Record<string, string>
  cell: string
  place: LonLat | null
  state: string
  stage: Stage
  opened: number
  /** Since when it is in its stage. */
  since: number
  due: number | null
  closed: number | null
  late: boolean
  /** How far its lateness climbed; at the rules' `chain` nobody is left to tell. */
  level: number
  /** Whether the limit of the whole case has passed. */
  caseLate: boolean
  /** When its lateness last climbed. */
  lateAt: number
  /** When somebody last did something about it; 0 for nobody since the report. */
  acted: number
  assigned: Assignee[]
  version: number
}

/** The code by which options of any choice list say that a case can't wait. */
const URGENT = 'urgent'

/** Whether one of its counted fields says that it can't wait. */
export function isUrgent(one: WallCase): boolean {
  for (const field in one.counted) if (one.counted[field] === URGENT) return true
  return false
}

/** A number as short as it stays clear: the digits that count within its day, with month and day before them where that day
 * is not `today` (`2026-03-02`). */
export function shortNumber(number: string, today: string): string {
  const [, day = '', count = number] = /(\d{8})-(\d+)$/.exec(number) ?? []
  return day === '' || day === today.replaceAll('-', '') ? count : `${day.slice(4)}-${count}`
}

/** A case of a record that was read; undefined where its state has no stage. */
export function caseOf(record: CaseRecord, rules: Rules, now: number): WallCase | undefined {
  const stage = rules.stage(record.state)
  if (!stage) return undefined
  const limit = record.case_deadline ? Date.parse(record.case_deadline.at) : null
  return {
    id: record.id,
    kind: record.kind,
    number: record.number ?? '',
    counted: countedOf(record.fields, rules),
    cell: record.cell,
    place: record.place ?? null,
    state: record.state,
    stage,
    opened: Date.parse(record.opened),
    since: Date.parse(record.since),
    due: instant(record.due),
    closed: instant(record.closed),
    late: record.late,
    level: Math.max(...record.late_level),
    caseLate: limit !== null && limit < now,
    lateAt: 0,
    acted: record.version > 1 ? Date.parse(record.changed) : 0,
    assigned: record.assigned,
    version: record.version,
  }
}

/** A brief with what else the server tells of a case where it tells of many. */
export type RichBrief = Brief & { choices?: JsonObject | null; since?: string; late_level?: [number, number] }

/** A case of a brief: as far as that goes. */
export function caseOfBrief(brief: RichBrief, rules: Rules): WallCase | undefined {
  const stage = rules.stage(brief.state)
  if (!stage) return undefined
  return {
    id: brief.id,
    kind: brief.kind,
    number: brief.number ?? '',
    counted: countedOf(brief.choices ?? {}, rules),
    cell: brief.cell,
    place: brief.place ?? null,
    state: brief.state,
    stage,
    opened: Date.parse(brief.opened),
    since: Date.parse(brief.since ?? brief.opened),
    due: instant(brief.due),
    closed: instant(brief.closed),
    late: brief.late,
    level: Math.max(...(brief.late_level ?? [brief.late ? 1 : 0, 0])),
    caseLate: brief.late,
    lateAt: 0,
    acted: brief.version > 1 ? Date.parse(brief.opened) : 0,
    assigned: brief.assigned,
    version: brief.version,
  }
}

/** The case after an entry. What the entry does not say stays; `brief` tells the deadline, which no entry holds. */
export function after(one: WallCase, entry: Entry, brief: RichBrief | undefined, rules: Rules): WallCase {
  const at = Date.parse(entry.time)
  const state = entry.state ?? one.state
  const stage = rules.stage(state) ?? one.stage
  const closed = rules.final(state) ? (one.closed ?? at) : null
  const current = brief !== undefined && brief.version === entry.version
  const level = entry.late ? entry.late.level : stage === one.stage && state === one.state ? one.level : one.caseLate ? one.level : 0
  const caseLate = one.caseLate || entry.late?.case === true
  return {
    ...one,
    number: entry.number ?? one.number,
    counted: { ...one.counted, ...countedOf(brief?.choices ?? {}, rules), ...countedOf(entry.set ?? {}, rules) },
    cell: entry.cell ?? one.cell,
    place: entry.place ?? one.place,
    state,
    stage,
    since: stage === one.stage && closed === one.closed ? one.since : at,
    due: closed !== null ? null : brief ? instant(brief.due) : one.due,
    closed,
    late: closed === null && (entry.late ? true : current ? brief.late : one.late),
    level,
    caseLate,
    lateAt: entry.late ? at : one.lateAt,
    acted: byPerson(entry.actor) && entry.version > 1 ? at : one.acted,
    assigned: entry.assigned ?? one.assigned,
    version: entry.version,
  }
}

/** Whether somebody of the town acted, not a clock and not who reported it. */
function byPerson(actor: Actor): boolean {
  return typeof actor === 'object' && 'person' in actor
}

function countedOf(fields: JsonObject, rules: Rules): Record<string, string> {
  const counted: Record<string, string> = {}
  for (const field of rules.counted) {
    const value = fields[field]
    if (typeof value === 'string') counted[field] = value
    else if (Array.isArray(value) && typeof value[0] === 'string') counted[field] = value[0]
  }
  return counted
}

function instant(text: string | null | undefined): number | null {
  return text ? Date.parse(text) : null
}
