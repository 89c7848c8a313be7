import type { Actor, LiveEntry, Stage } from '@core/model'
import { STAGES } from '@core/stage'
import { after, caseOfBrief, type RichBrief, type Rules, type WallCase } from './case'

/** One thing that happened to a case. */
export interface Step {
  seq: number
  id: string
  kind: string
  /** When it happened, in ms of the epoch. */
  at: number
  action: string
  actor: Actor
  from: Stage | null
  to: Stage
  /** The case began with it. */
  opens: boolean
  /** The case ended with it, and before the limit of the whole case. */
  closes: boolean
  inTime: boolean
}

/** An entry on its way to the wall; `record` lacks where a past day is told. */
export type Told = Pick<LiveEntry, 'seq' | 'entry'> & { record?: RichBrief }

/** What is shown of all cases together. */
export interface Summary {
  /** The newest of each stage; what was closed lately stands among those of the last. */
  lanes: Record<Stage, WallCase[]>
  /** How many are open in each stage. */
  counts: Record<Stage, number>
  /** How many are open in each state, the most first. */
  states: { kind: string; state: string; n: number }[]
  byCell: ReadonlyMap<string, number>
  /** Those late, the longest overdue first, and how many there are. */
  late: { count: number; cases: WallCase[] }
  /** Which categories have most open cases: by the first counted field of each kind. */
  categories: { kind: string; field: string; code: string; n: number }[]
}

/** Cases closed today that stay in sight. */
const KEPT_CLOSED = 60

/** All cases that are open and the last that were closed: what the pictures of the flow are made from. */
export class Flow {
  readonly open = new Map<string, WallCase>()
  /** The newest last. */
  readonly closed = new Map<string, WallCase>()
  /** Cases of which too little is known to name them. */
  readonly unknown = new Set<string>()
  /** The last sequence number that was taken. */
  seq = 0

  constructor(readonly rules: (kind: string) => Rules | undefined) {}

  reset(cases: Iterable<WallCase>, seq: number): void {
    this.open.clear()
    this.closed.clear()
    this.unknown.clear()
    this.seq = seq
    const ended: WallCase[] = []
    for (const one of cases) {
      if (one.closed === null) this.open.set(one.id, one)
      else ended.push(one)
    }
    for (const one of ended.sort((a, b) => a.since - b.since)) this.keepClosed(one)
  }

  get(id: string): WallCase | undefined {
    return this.open.get(id) ?? this.closed.get(id)
  }

  /** Puts a case that was read afterwards in place of what little was known. */
  learn(one: WallCase): void {
    this.unknown.delete(one.id)
    const here = this.get(one.id)
    if (here && here.version > one.version) one = { ...here, counted: one.counted }
    this.put(one)
  }

  /** Takes an entry; undefined where it is none of a case, or was known already. */
  apply(told: Told): Step | undefined {
    this.seq = Math.max(this.seq, told.seq)
    const { entry, record } = told
    const rules = this.rules(entry.kind)
    if (!rules) return undefined
    const earlier = this.get(entry.record)
    if (earlier && earlier.version >= entry.version) return undefined
    const start = earlier ?? beginning(told, rules)
    if (!start) return undefined
    const now = after(start, entry, record, rules)
    if (!earlier && entry.version > 1 && Object.keys(now.counted).length === 0) this.unknown.add(now.id)
    this.put(now)
    return {
      seq: told.seq,
      id: now.id,
      kind: now.kind,
      at: Date.parse(entry.time),
      action: entry.action,
      actor: entry.actor,
      from: entry.version === 1 ? null : (earlier?.stage ?? now.stage),
      to: now.stage,
      opens: entry.version === 1,
      closes: now.closed !== null && (earlier?.closed ?? null) === null,
      inTime: !now.caseLate,
    }
  }

  /** All that is shown of the cases, in one pass over them: they are many, and it is made at each beat. */
  summary(most: { cards: number; late: number; categories: number }): Summary {
    const lanes: Summary['lanes'] = { report: [], triage: [], handle: [], close: [] }
    const counts: Summary['counts'] = { report: 0, triage: 0, handle: 0, close: 0 }
    const kinds = new Map<string, { states: Map<string, number>; options: Map<string, number>; field: string | undefined }>()
    const byCell = new Map<string, number>()
    const late: WallCase[] = []
    let lateCount = 0
    for (const one of this.open.values()) {
      counts[one.stage]++
      byCell.set(one.cell, (byCell.get(one.cell) ?? 0) + 1)
      insert(lanes[one.stage], one, most.cards, newer)
      if (one.late) {
        lateCount++
        insert(late, one, most.late, overdue)
      }
      let kind = kinds.get(one.kind)
      if (!kind) kinds.set(one.kind, (kind = { states: new Map(), options: new Map(), field: this.rules(one.kind)?.counted[0] }))
      kind.states.set(one.state, (kind.states.get(one.state) ?? 0) + 1)
      const code = kind.field === undefined ? undefined : one.counted[kind.field]
      if (code !== undefined) kind.options.set(code, (kind.options.get(code) ?? 0) + 1)
    }
    for (const one of this.closed.values()) insert(lanes[one.stage], one, most.cards, newer)
    const states: Summary['states'] = []
    const categories: Summary['categories'] = []
    for (const [kind, found] of kinds) {
      for (const [state, n] of found.states) states.push({ kind, state, n })
      for (const [code, n] of found.options) categories.push({ kind, field: found.field ?? '', code, n })
    }
    states.sort((a, b) => b.n - a.n || (a.state < b.state ? -1 : 1))
    categories.sort((a, b) => b.n - a.n || (a.code < b.code ? -1 : 1))
    return { lanes, counts, states, byCell, late: { count: lateCount, cases: late }, categories: categories.slice(0, most.categories) }
  }

  /** Marks those late whose deadline has passed, and tells which they are. */
  tick(now: number): string[] {
    const late: string[] = []
    for (const one of this.open.values()) {
      if (one.late || one.due === null || one.due >= now) continue
      one.late = true
      late.push(one.id)
    }
    return late
  }

  private put(one: WallCase): void {
    if (one.closed === null) {
      this.closed.delete(one.id)
      this.open.set(one.id, one)
    } else {
      this.open.delete(one.id)
      this.keepClosed(one)
    }
  }

  private keepClosed(one: WallCase): void {
    this.closed.delete(one.id)
    this.closed.set(one.id, one)
    if (this.closed.size > KEPT_CLOSED) {
      const oldest = this.closed.keys().next()
      if (!oldest.done) {
        this.closed.delete(oldest.value)
        this.unknown.delete(oldest.value)
      }
    }
  }
}

/** The stages in the order of the flow. */
export const ORDER: readonly Stage[] = STAGES.map((look) => look.stage)

function beginning(told: Told, rules: Rules): WallCase | undefined {
  if (told.record) return caseOfBrief(told.record, rules)
  const { entry } = told
  if (entry.version !== 1 || !entry.state || !entry.cell) return undefined
  return caseOfBrief(
    {
      id: entry.record,
      kind: entry.kind,
      state: entry.state,
      version: 0,
      cell: entry.cell,
      opened: entry.time,
      late: false,
      assigned: [],
    },
    rules,
  )
}

function newer(a: WallCase, b: WallCase): boolean {
  return a.since > b.since || (a.since === b.since && a.id > b.id)
}

function overdue(a: WallCase, b: WallCase): boolean {
  const left = a.due ?? Number.MAX_SAFE_INTEGER
  const right = b.due ?? Number.MAX_SAFE_INTEGER
  return left < right || (left === right && a.id < b.id)
}

/** Puts one into a short sorted list of at most `most`. */
function insert(list: WallCase[], one: WallCase, most: number, before: (a: WallCase, b: WallCase) => boolean): void {
  let at = list.length
  while (at > 0 && before(one, list[at - 1] as WallCase)) at--
  if (at >= most) return
  list.splice(at, 0, one)
  if (list.length > most) list.pop()
}
