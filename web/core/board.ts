import { begin, follow, fromBrief, isLate, onBoard, type BoardRecord } from './applying'
import type { Brief, CaseRecord, LiveEntry } from './model'
import { Rows } from './rows'

export type { BoardRecord }

/** Orders of a board, as `GET /records` names them. */
export type BoardOrder = 'newest' | 'oldest' | 'changed' | 'due'

/** What changed on a board since the last telling. */
export interface BoardChange {
  /** Records new on the board. */
  added: string[]
  /** Records that changed where they are. */
  changed: string[]
  /** Records that left: they match the filter no longer. */
  removed: string[]
  /** The whole board was loaded anew. */
  reset: boolean
}

/** How a board is kept. */
export interface BoardOptions {
  order?: BoardOrder | ((a: BoardRecord, b: BoardRecord) => number)
  /** Which records are on it; asked again at each change of a record. */
  filter?: (record: BoardRecord) => boolean
  /** When changes are told: in the next animation frame unless said otherwise. */
  schedule?: (tell: () => void) => void
  /** The clock by which records become late; the server's, where it is known. */
  now?: () => number
}

const ORDERS: Record<BoardOrder, (a: BoardRecord, b: BoardRecord) => number> = {
  newest: (a, b) => compare(b.opened, a.opened) || compare(b.id, a.id),
  oldest: (a, b) => compare(a.opened, b.opened) || compare(a.id, b.id),
  changed: (a, b) => b.seq - a.seq || compare(b.id, a.id),
  due: (a, b) => compare(a.due ?? '9', b.due ?? '9') || compare(a.id, b.id),
}

/** Records by id, kept in order while entries arrive: a snapshot and the stream after it equal a fresh read. */
export class Board {
  private readonly records = new Map<string, BoardRecord>()
  private readonly unread = new Set<string>()
  private ordered: Rows<BoardRecord>
  private shown: readonly BoardRecord[] | undefined
  private pending: BoardChange | undefined
  private readonly hearers = new Set<(change: BoardChange) => void>()
  private highest = 0

  constructor(private options: BoardOptions = {}) {
    this.ordered = new Rows(this.order)
  }

  /** The highest sequence number on the board. */
  get seq(): number {
    return this.highest
  }

  /** The records in order: the same array until something changes. */
  get rows(): readonly BoardRecord[] {
    return (this.shown ??= this.ordered.copy())
  }

  get size(): number {
    return this.ordered.size
  }

  get(id: string): BoardRecord | undefined {
    return this.records.get(id)
  }

  /** Where a record stands in `rows`; -1 where it is not on the board. */
  indexOf(id: string): number {
    const record = this.records.get(id)
    return record ? this.ordered.indexOf(record) : -1
  }

  /** Replaces everything. */
  reset(records: Iterable<CaseRecord>): void {
    this.records.clear()
    this.unread.clear()
    for (const read of records) {
      const record = onBoard(read)
      this.highest = Math.max(this.highest, record.seq)
      if (this.matches(record)) this.records.set(record.id, record)
    }
    this.ordered = new Rows(this.order, this.records.values())
    this.note('reset')
  }

  /** Adds or replaces records read from the server; of two the later one stays. */
  put(records: Iterable<CaseRecord>): void {
    for (const read of records) {
      const before = this.records.get(read.id)
      if (before && before.seq > read.seq) continue
      this.unread.delete(read.id)
      this.place(before, onBoard(read))
    }
  }

  /** Adds or replaces records known in short only (a replay's opening picture); their fields come with `put`. */
  putBriefs(briefs: Iterable<Brief>): void {
    for (const brief of briefs) this.place(this.records.get(brief.id), fromBrief(brief))
  }

  /** Takes what the stream told. */
  apply(told: LiveEntry): void {
    const { entry, record: brief } = told
    this.highest = Math.max(this.highest, told.seq)
    const before = this.records.get(brief.id)
    if (before && before.seq >= entry.seq) return
    const isNext = before ? entry.version === before.version + 1 : entry.version === 1
    const after = follow(before ?? begin(entry, brief), entry, brief, this.now())
    if (isNext) return this.place(before, after)
    // Entries between were not told (it was off the board, or could not be seen): what it holds has to be read.
    if (before || this.matches(after)) this.unread.add(after.id)
    this.place(before, after)
  }

  /** Takes a record off. */
  remove(id: string): void {
    const before = this.records.get(id)
    if (before) this.take(before)
  }

  /** Changes the filter or the order. Records that the old filter kept away have to be read anew. */
  setView(view: Pick<BoardOptions, 'filter' | 'order'>): void {
    this.options = { ...this.options, ...view }
    for (const record of [...this.records.values()]) if (!this.matches(record)) this.records.delete(record.id)
    this.ordered = new Rows(this.order, this.records.values())
    this.note('reset')
  }

  /** Ids of records that must be read (`put`), since entries between were not seen. */
  gaps(): string[] {
    return [...this.unread]
  }

  /** Marks records late whose deadline has passed; those that changed are told. */
  tick(now: number = this.now()): void {
    for (const record of this.records.values()) {
      const late = isLate(record, now)
      if (late !== record.late) this.place(record, { ...record, late })
    }
  }

  /** Hears changes, gathered for a frame, until the function returned is called. */
  subscribe(hear: (change: BoardChange) => void): () => void {
    this.hearers.add(hear)
    return () => this.hearers.delete(hear)
  }

  /** Tells at once what was not told yet. */
  flush(): void {
    const change = this.pending
    this.pending = undefined
    if (change) for (const hear of [...this.hearers]) hear(change)
  }

  private get order(): (a: BoardRecord, b: BoardRecord) => number {
    const { order = 'newest' } = this.options
    return typeof order === 'function' ? order : ORDERS[order]
  }

  private now(): number {
    return (this.options.now ?? Date.now)()
  }

  private matches(record: BoardRecord): boolean {
    return this.options.filter?.(record) ?? true
  }

  private place(before: BoardRecord | undefined, after: BoardRecord): void {
    this.highest = Math.max(this.highest, after.seq)
    if (!this.matches(after)) {
      this.unread.delete(after.id)
      if (before) this.take(before)
      return
    }
    if (before) this.ordered.remove(before)
    this.ordered.insert(after)
    this.records.set(after.id, after)
    this.note(before ? 'changed' : 'added', after.id)
  }

  private take(record: BoardRecord): void {
    this.ordered.remove(record)
    this.records.delete(record.id)
    this.unread.delete(record.id)
    this.note('removed', record.id)
  }

  private note(what: 'added' | 'changed' | 'removed' | 'reset', id = ''): void {
    this.shown = undefined
    const isFirst = this.pending === undefined
    const change = (this.pending ??= { added: [], changed: [], removed: [], reset: false })
    if (what === 'reset') this.pending = { added: [], changed: [], removed: [], reset: true }
    else if (!change.reset) join(change, what, id)
    if (isFirst) (this.options.schedule ?? nextFrame)(() => this.flush())
  }
}

/** What happened to a record in one frame, told once: one that came and left again was never there. */
function join(change: BoardChange, what: 'added' | 'changed' | 'removed', id: string): void {
  const drop = (list: string[]): boolean => {
    const at = list.indexOf(id)
    if (at >= 0) list.splice(at, 1)
    return at >= 0
  }
  if (what === 'changed') {
    if (!change.added.includes(id) && !change.changed.includes(id)) change.changed.push(id)
  } else if (what === 'added') {
    if (drop(change.removed)) change.changed.push(id)
    else change.added.push(id)
  } else {
    drop(change.changed)
    if (!drop(change.added)) change.removed.push(id)
  }
}

function nextFrame(tell: () => void): void {
  // A hidden page draws no frames, and its board must stay right all the same.
  if (typeof requestAnimationFrame === 'function' && document.visibilityState === 'visible') requestAnimationFrame(tell)
  else setTimeout(tell, 100)
}

function compare(a: string, b: string): number {
  // Instants end with `Z` after more or fewer digits: without it the shorter one comes first, as it should.
  const [left, right] = a.length === b.length ? [a, b] : [a.replace('Z', ''), b.replace('Z', '')]
  return left < right ? -1 : left > right ? 1 : 0
}
