import type { Book } from '@core/kind'
import type { CaseRecord, Entry, Instant, JsonObject, Json, Line, Stage } from '@core/model'
import { stageIndex } from '@core/stage'

/** The entry of a line of the journal, or the entry itself. */
export function entryOf(line: Entry | Line): Entry {
  return 'entry' in line ? line.entry : line
}

/**
 * When a case came to each stage it has been through: by its entries, and without them by what the record itself says.
 * Going back to an earlier stage counts anew, and what came after it is forgotten.
 */
export function stageTimes(record: CaseRecord, entries: readonly Entry[], book: Book): Map<Stage, Instant> {
  const times = new Map<Stage, Instant>()
  let last: Stage | undefined
  for (const entry of entries) {
    if (!entry.state) continue
    const stage = book.stageOf(record.kind, entry.state)
    if (!stage || stage === last) continue
    for (const later of [...times.keys()]) if (stageIndex(later) >= stageIndex(stage)) times.delete(later)
    times.set(stage, entry.time)
    last = stage
  }
  if (!times.has('report')) times.set('report', record.opened)
  if (record.stage && !times.has(record.stage)) times.set(record.stage, record.since)
  return times
}

/** A field that an entry changed. */
export interface Change {
  field: string
  before: Json | undefined
  after: Json
}

/** What each entry changed, by its sequence number: the values before are those that earlier entries had set. */
export function changesOf(entries: readonly Entry[]): Map<number, Change[]> {
  const held: JsonObject = {}
  const changes = new Map<number, Change[]>()
  for (const entry of [...entries].sort((a, b) => a.seq - b.seq)) {
    const found: Change[] = []
    for (const [field, after] of Object.entries(entry.set ?? {})) {
      const before = held[field]
      held[field] = after
      if (JSON.stringify(before) !== JSON.stringify(after)) found.push({ field, before, after })
    }
    changes.set(entry.seq, found)
  }
  return changes
}
