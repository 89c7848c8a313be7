import type { Actor, Assignee, Brief, CaseRecord, Entry, Stage } from './model'

/** A record on a board: all of it that snapshot and stream tell alike. How deadlines came about, `GET /records/{id}` tells. */
export type BoardRecord = Omit<CaseRecord, 'case_deadline' | 'state_deadline' | 'deadlines' | 'personal' | 'stopped'>

/** Whether a record is open and past a deadline, or known to be late. */
export function isLate(record: BoardRecord, now: number): boolean {
  const passed = record.due ? Date.parse(record.due) < now : false
  return !record.closed && (record.late_level[0] !== 0 || record.late_level[1] !== 0 || passed)
}

/** A whole record as a board keeps it. */
export function onBoard(read: CaseRecord): BoardRecord {
  const { case_deadline: _case, state_deadline: _state, deadlines: _why, personal: _open, stopped: _stopped, ...record } = read
  return record
}

/** A record of which only the brief is known. */
export function fromBrief(brief: Brief): BoardRecord {
  const { title: _title, choices: _choices, ...known } = brief
  return { ...known, pack: 0, seq: 0, fields: {}, reporters: [], changed: brief.opened, since: brief.opened, late_level: [0, 0] }
}

/** A record before its first entry that was seen. */
export function begin(entry: Entry, brief: Brief): BoardRecord {
  const isPerson = typeof entry.actor === 'object' && 'person' in entry.actor
  const reporters: Actor[] = isPerson ? [entry.actor] : entry.actor === 'system' ? [] : [{ reporter: entry.record }]
  return { ...fromBrief(brief), pack: entry.pack, reporters: entry.version === 1 ? reporters : [], changed: entry.time, since: entry.time }
}

/** A record after an entry, as the server applies it; what follows from rules (deadlines, stages) its brief says. */
export function follow(before: BoardRecord, entry: Entry, brief: Brief, now: number): BoardRecord {
  const after: BoardRecord = {
    ...before,
    version: entry.version,
    seq: entry.seq,
    changed: entry.time,
    state: brief.state,
    cell: brief.cell,
    opened: brief.opened,
    assigned: brief.assigned as Assignee[],
    fields: { ...before.fields },
    late_level: [...before.late_level],
  }
  optional(after, 'stage', brief.stage as Stage | null | undefined)
  optional(after, 'number', brief.number)
  optional(after, 'place', brief.place)
  optional(after, 'closed', brief.closed)
  optional(after, 'due', brief.due)
  for (const [field, value] of Object.entries(entry.set ?? {})) {
    if (value === null) delete after.fields[field]
    else after.fields[field] = value
  }
  const sealed = new Set([...(before.sealed ?? []), ...Object.keys(entry.personal ?? {})])
  for (const purpose of entry.erased ?? []) sealed.delete(purpose)
  optional(after, 'sealed', sealed.size > 0 ? [...sealed].sort() : undefined)
  if (entry.extended) {
    after.extensions = [...(before.extensions ?? []), { at: entry.time, span: entry.extended }]
    after.late_level = [0, 0]
  }
  if (entry.settled !== undefined && entry.settled !== null) delete after.request
  if (entry.requested) after.request = entry.requested
  if (entry.late) after.late_level[entry.late.case ? 0 : 1] = entry.late.level
  if (entry.merged_into) after.merged_into = entry.merged_into
  if (entry.joined) {
    after.merged = [...(before.merged ?? []), entry.joined.record]
    const known = new Set(before.reporters.map((one) => JSON.stringify(one)))
    after.reporters = [...before.reporters, ...entry.joined.reporters.filter((one) => !known.has(JSON.stringify(one)))]
  }
  if (entry.state) {
    after.since = entry.time
    after.late_level[1] = 0
  }
  after.late = isLate(after, now)
  return after
}

function optional<K extends 'stage' | 'number' | 'place' | 'closed' | 'due' | 'sealed'>(on: BoardRecord, key: K, value: BoardRecord[K] | null | undefined): void {
  if (value === null || value === undefined) delete on[key]
  else on[key] = value
}
