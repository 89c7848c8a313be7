/** A small town in memory for tests: it applies entries as the engine does and streams them as the server does. */
import type { LiveSource } from '@core/live'
import type { Brief, CaseRecord, Entry, JsonObject, LiveEntry, Page, RecordFilter } from '@core/api'
import { Trouble } from '@core/api'
import { problem } from '@core/trouble'

export const START = Date.parse('2026-03-02T01:00:00Z')

/** Numbers that look random and are the same in each run. */
export function chance(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * n)
  }
}

const STATES = ['reported', 'triaged', 'handling', 'closed'] as const
const STAGES = { reported: 'report', triaged: 'triage', handling: 'handle', closed: 'close' } as const

export class FakeTown implements LiveSource {
  readonly entries: Entry[] = []
  readonly records = new Map<string, CaseRecord>()
  onSignedOut: (() => Promise<boolean>) | undefined = undefined
  /** Connections asked for, by their `since`. */
  readonly asked: (number | undefined)[] = []
  /** The furthest that a reader may lag. */
  furthest = Infinity
  private readonly open = new Set<ReadableStreamDefaultController<Uint8Array>>()
  private readonly text = new TextEncoder()

  constructor(private readonly random: (n: number) => number) {}

  get head(): number {
    return this.entries.length
  }

  /** Something happens in the town: a report, or something done to a case. */
  step(): void {
    const all = [...this.records.values()]
    const record = all.length > 0 && this.random(3) > 0 ? all[this.random(all.length)] : undefined
    const seq = this.head + 1
    const time = new Date(START + seq * 1000).toISOString()
    const base = { seq, command: `c${seq}`, at: time, received: time, time, kind: 'governance.matter', pack: 1 }
    if (!record) {
      const id = `r${String(seq).padStart(5, '0')}`
      this.take({
        ...base, actor: this.random(2) ? { person: 'p1' } : 'public', record: id, action: 'report', version: 1, state: 'reported', number: `SJ-${seq}`,
        cell: `cell-${this.random(4)}`, place: [120 + this.random(100) / 1000, 31.4], set: { summary: `no ${seq}`, severity: 'normal' },
        ...(this.random(2) ? { personal: { contact: 'sealed' } } : {}),
      })
      return
    }
    const next = { ...base, actor: { person: `p${this.random(5)}` }, record: record.id, version: record.version + 1 }
    const state = STATES[this.random(4)] ?? 'triaged'
    const set: JsonObject = this.random(3) ? { summary: `changed ${seq}` } : { summary: null, severity: 'urgent' }
    const assigned = [{ unit: `u${this.random(3)}`, post: 'clerk' }]
    const changes: Partial<Entry>[] = [
      { action: 'note', note: 'seen' },
      { action: 'move', state },
      { action: 'move', state, assigned, set },
      { action: 'correct', set },
      { action: 'extend', extended: '2 workdays' },
      { action: 'return', requested: { action: 'return', by: { person: 'p1' }, at: time } },
      { action: 'return.refuse', settled: false, note: 'no' },
      { action: 'late', late: { level: 1, due: time, case: this.random(2) === 0, told: [] } },
      { action: 'erase', erased: ['contact'] },
      { action: 'rehome', cell: `cell-${this.random(4)}` },
      { action: 'merge', merged_into: 'r00001', state: 'closed' },
      { action: 'note', joined: { record: `x${seq}`, reporters: [{ person: 'p9' }] } },
    ]
    this.take({ ...next, ...(changes[this.random(changes.length)] as Pick<Entry, 'action'>) })
  }

  /** As `GET /records` pages them, newest first. */
  page(filter: RecordFilter): Page {
    const all = [...this.records.values()].filter((one) => filter.open === undefined || filter.open === !one.closed)
    all.sort((a, b) => (a.opened < b.opened ? 1 : -1))
    // By the last record told, not by how many: a record that leaves the list must not hide its neighbour.
    const after = filter.cursor ? all.filter((one) => one.opened < (filter.cursor ?? '')) : all
    const records = structuredClone(after.slice(0, filter.limit ?? 50))
    return { records, next: records.length < after.length ? (records.at(-1)?.opened ?? null) : null }
  }

  brief(id: string): Brief {
    const { kind, number, state, stage, version, cell, place, opened, closed, due, late_level, assigned } = this.records.get(id) as CaseRecord
    return structuredClone({
      id, kind, number: number ?? null, state, stage: stage ?? null, version, cell, place: place ?? null, opened, closed: closed ?? null, due: due ?? null,
      late: !closed && (late_level[0] > 0 || late_level[1] > 0), assigned,
    })
  }

  told(seq: number): LiveEntry {
    const entry = this.entries[seq - 1] as Entry
    return { seq, entry: structuredClone(entry), record: this.brief(entry.record) }
  }

  stream(since: number | undefined, signal: AbortSignal): Promise<Response> {
    this.asked.push(since)
    const from = since ?? this.head
    if (from > this.head || this.head - from > this.furthest) return Promise.reject(new Trouble(problem('too_far_behind', 409, {}), 'refused'))
    const body = new ReadableStream<Uint8Array>({
      start: (to) => {
        this.open.add(to)
        signal.addEventListener('abort', () => this.end(to))
        this.send(`retry: 2000\nevent: hello\ndata: {"time":"${new Date(START).toISOString()}","head":${this.head}}\n\n`, to)
        for (let seq = from + 1; seq <= this.head; seq++) this.sendEntry(seq, to)
      },
      cancel: () => undefined,
    })
    return Promise.resolve(new Response(body))
  }

  /** Cuts all lines, perhaps in the middle of an event, perhaps with a word of where to go on. */
  cut(): void {
    for (const line of [...this.open]) {
      const how = this.random(4)
      if (how === 0) this.send(`event: resume\ndata: {"since":${Math.max(0, this.head - this.random(3))}}\n\n`, line)
      if (how === 1) this.send('id: 99999\nevent: entry\ndata: {"seq":99', line)
      if (how === 2) line.error(new Error('broken'))
      this.end(line)
    }
  }

  /** A sign of life. */
  beat(): void {
    for (const line of this.open) this.send(': alive\n\n', line)
  }

  private end(line: ReadableStreamDefaultController<Uint8Array>): void {
    this.open.delete(line)
    try {
      line.close()
    } catch {
      // It had ended already.
    }
  }

  private sendEntry(seq: number, to: ReadableStreamDefaultController<Uint8Array>): void {
    this.send(`id: ${seq}\nevent: entry\ndata: ${JSON.stringify(this.told(seq))}\n\n`, to)
  }

  private send(text: string, to: ReadableStreamDefaultController<Uint8Array>): void {
    const bytes = this.text.encode(text)
    // In pieces, as a network delivers them.
    const at = this.random(bytes.length)
    to.enqueue(bytes.slice(0, at))
    to.enqueue(bytes.slice(at))
  }

  private take(entry: Entry): void {
    this.entries.push(entry)
    const before = this.records.get(entry.record)
    const isPerson = typeof entry.actor === 'object'
    const record: CaseRecord = before ?? {
      id: entry.record, kind: entry.kind, pack: 1, state: '', version: 0, seq: 0, cell: '', fields: {}, assigned: [], opened: entry.time, changed: entry.time,
      since: entry.time, late: false, late_level: [0, 0], reporters: [isPerson ? entry.actor : { reporter: entry.record }],
    }
    this.records.set(entry.record, record)
    Object.assign(record, { version: entry.version, seq: entry.seq, changed: entry.time })
    if (entry.number) record.number = entry.number
    if (entry.place) record.place = entry.place
    if (entry.cell) record.cell = entry.cell
    for (const [field, value] of Object.entries(entry.set ?? {})) {
      if (value === null) delete record.fields[field]
      else record.fields[field] = value
    }
    const sealed = new Set([...(record.sealed ?? []), ...Object.keys(entry.personal ?? {})])
    for (const purpose of entry.erased ?? []) sealed.delete(purpose)
    if (sealed.size > 0) record.sealed = [...sealed]
    else delete record.sealed
    if (entry.assigned) record.assigned = entry.assigned
    if (entry.extended) {
      record.extensions = [...(record.extensions ?? []), { at: entry.time, span: entry.extended }]
      record.late_level = [0, 0]
    }
    if (entry.settled != null) delete record.request
    if (entry.requested) record.request = entry.requested
    if (entry.late) record.late_level[entry.late.case ? 0 : 1] = entry.late.level
    if (entry.merged_into) record.merged_into = entry.merged_into
    if (entry.joined) {
      record.merged = [...(record.merged ?? []), entry.joined.record]
      const known = record.reporters.some((one) => JSON.stringify(one) === JSON.stringify(entry.joined?.reporters[0]))
      if (!known) record.reporters = [...record.reporters, ...entry.joined.reporters]
    }
    if (entry.state) {
      record.state = entry.state
      record.stage = STAGES[entry.state as keyof typeof STAGES]
      record.since = entry.time
      record.late_level[1] = 0
      if (entry.state === 'closed') {
        record.closed = entry.time
        delete record.due
      } else {
        delete record.closed
        record.due = new Date(Date.parse(entry.time) + 3_600_000).toISOString()
      }
    }
    record.late = !record.closed && (record.late_level[0] > 0 || record.late_level[1] > 0)
    for (const line of this.open) this.sendEntry(entry.seq, line)
  }
}
