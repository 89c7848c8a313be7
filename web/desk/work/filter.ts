import type { RecordFilter } from '@core/api'
import type { CaseRecord, Stage } from '@core/model'

/** In which order records stand. */
export type Order = 'due' | 'newest' | 'changed' | 'oldest'

/** A question for records: everything given must hold. */
export interface Filter {
  kind?: string[]
  cell?: string
  state?: string[]
  stage?: Stage[]
  /** `me`, the id of a unit, or the id of a person. */
  assignee?: string
  reporter?: string
  late?: boolean
  /** Whose approval is waited for: `me`: mine; `others`: all records but those. */
  request?: 'me' | 'others'
  open?: boolean
  text?: string
  due_from?: string
  due_to?: string
}

type Query = Record<string, string | null | (string | null)[] | undefined>

const STAGE_IDS: readonly string[] = ['report', 'triage', 'handle', 'close']
const ORDERS: readonly string[] = ['due', 'newest', 'changed', 'oldest']

/** The first value of a parameter of an address. */
export function one(query: Query, name: string): string | undefined {
  const value = query[name]
  const first = Array.isArray(value) ? value[0] : value
  return first === null || first === undefined || first === '' ? undefined : first
}

function many(query: Query, name: string): string[] | undefined {
  const parts = one(query, name)?.split(',').filter((part) => part !== '')
  return parts && parts.length > 0 ? parts : undefined
}

function flag(query: Query, name: string): boolean | undefined {
  const value = one(query, name)
  return value === 'true' ? true : value === 'false' ? false : undefined
}

/** The filter that an address says; what it says wrongly is left out. */
export function filterOf(query: Query): Filter {
  return tidy({
    kind: many(query, 'kind'),
    cell: one(query, 'cell'),
    state: many(query, 'state'),
    stage: many(query, 'stage')?.filter((stage): stage is Stage => STAGE_IDS.includes(stage)),
    assignee: one(query, 'assignee'),
    reporter: one(query, 'reporter'),
    late: flag(query, 'late'),
    open: flag(query, 'open'),
    text: one(query, 'text')?.slice(0, 100),
    due_from: one(query, 'due_from'),
    due_to: one(query, 'due_to'),
  })
}

/** The order that an address says. */
export function orderOf(query: Query, otherwise: Order): Order {
  const order = one(query, 'order')
  return order !== undefined && ORDERS.includes(order) ? (order as Order) : otherwise
}

/** The filter as parameters of an address. */
export function queryOf(filter: Filter): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of Object.entries(filter) as [string, Filter[keyof Filter]][]) {
    if (value === undefined) continue
    query[name] = Array.isArray(value) ? value.join(',') : String(value)
  }
  return query
}

/** The filter as the API takes it. */
export function askOf(filter: Filter): RecordFilter {
  const { kind, state, stage, ...rest } = filter
  const ask = { ...rest } as RecordFilter
  if (kind) ask.kind = kind.join(',')
  if (state) ask.state = state.join(',')
  if (stage) ask.stage = stage.join(',')
  return ask
}

/** Two filters as one: what both say of a list is what they share. Undefined where nothing can answer both. */
export function both(a: Filter, b: Filter): Filter | undefined {
  const out: Filter = { ...a, ...b }
  for (const name of ['kind', 'state', 'stage'] as const) {
    const left: readonly string[] | undefined = a[name]
    const right: readonly string[] | undefined = b[name]
    if (!left || !right) continue
    const shared = left.filter((value) => right.includes(value))
    if (shared.length === 0) return undefined
    Object.assign(out, { [name]: shared })
  }
  for (const name of ['assignee', 'late', 'open', 'reporter', 'request'] as const) {
    if (a[name] !== undefined && b[name] !== undefined && a[name] !== b[name]) return undefined
  }
  return out
}

type Loose = { [Name in keyof Filter]: Filter[Name] | undefined }

/** Without the members that say nothing. */
export function tidy(filter: Loose): Filter {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)),
  ) as Filter
}

/** Where a record stands in an order, as a number to be compared before its id. */
export function rankOf(record: CaseRecord, order: Order): number {
  switch (order) {
    case 'due':
      return instant(record.due ?? null)
    case 'oldest':
    case 'newest':
      return instant(record.opened)
    case 'changed':
      return instant(record.changed)
  }
}

/** Compares two records as the server orders them; `rank` may remember what `rankOf` says. */
export function compare(order: Order, rank: (record: CaseRecord) => number = (record) => rankOf(record, order)): (a: CaseRecord, b: CaseRecord) => number {
  const sign = order === 'due' || order === 'oldest' ? 1 : -1
  return (a, b) => sign * (rank(a) - rank(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** What has no deadline comes after everything that has one. */
function instant(at: string | null): number {
  return at === null ? Number.MAX_SAFE_INTEGER : Date.parse(at)
}
