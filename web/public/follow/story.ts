import type { CaseRecord, Entry, Instant, Kind, Stage } from '@core/model'
import { STAGES, stageIndex } from '@core/stage'
import type { Text } from '@core/text'

/** One of the four stages as the reporter sees it. */
export interface Stop { stage: Stage; at: Instant | undefined; state: 'done' | 'now' | 'ahead' }

/** How it all ended, or that it has not. */
export type Ending = 'open' | 'settled' | 'ended' | 'merged'

/** Something that was told about the case: words and photos of whoever handled it. */
export interface Told { title: Text; text: string; photos: string[]; at: Instant }

/** The stages in order, with the time at which the case last came to each it has reached. */
export function stops(entries: readonly Entry[], kind: Kind | undefined, stage: Stage | null | undefined, closed: boolean): Stop[] {
  const reached = stageIndex(stage)
  const came = new Map<Stage, Instant>()
  let before: Stage | undefined
  for (const entry of entries) {
    const now = stageOf(entry, kind)
    if (!now) continue
    if (now !== before || !came.has(now)) came.set(now, entry.time)
    before = now
  }
  return STAGES.map(({ stage: one }, at) => ({
    stage: one,
    at: at <= reached ? came.get(one) : undefined,
    state: at < reached || (at === reached && closed) ? 'done' : at === reached ? 'now' : 'ahead',
  }))
}

/** How it ended: settled is what somebody worked on; what only ended was not taken up. */
export function ending(record: CaseRecord, entries: readonly Entry[], kind: Kind | undefined): Ending {
  if (record.merged_into) return 'merged'
  if (!record.closed) return 'open'
  return entries.some((entry) => stageOf(entry, kind) === 'handle') ? 'settled' : 'ended'
}

/** What the reporter is to know of it: the result of the work with its photos, and the reason where it ended without any. */
export function told(entries: readonly Entry[], kind: Kind | undefined): Told[] {
  const found: Told[] = []
  let before: string | undefined
  for (const entry of entries) {
    const moved = entry.state && entry.state !== before
    const handled = before !== undefined && kind?.states[before]?.stage === 'handle'
    const final = moved && kind?.states[entry.state ?? '']?.final === true
    if (moved && (handled || final)) {
      for (const [id, value] of Object.entries(entry.set ?? {})) {
        const field = kind?.fields[id]
        if (!field || field.personal || field.office) continue
        const says = field.type === 'long_text' || (final && field.type === 'text')
        if (says && typeof value === 'string' && value) found.push({ title: field.title, text: value, photos: [], at: entry.time })
        if (field.type === 'photo') found.push({ title: field.title, text: '', photos: hashes(value), at: entry.time })
      }
    }
    before = entry.state ?? before
  }
  return found
}

/** The photos that came with the report. */
export function ownPhotos(record: CaseRecord, entries: readonly Entry[], kind: Kind | undefined): string[] {
  const first = entries[0]?.set ?? record.fields
  return Object.entries(first).flatMap(([id, value]) => (kind?.fields[id]?.type === 'photo' ? hashes(value) : []))
}

/** What the reporter added later, in their own words. */
export function ownNotes(entries: readonly Entry[]): { text: string; at: Instant }[] {
  return entries.flatMap((entry) => {
    const own = typeof entry.actor === 'object' && 'reporter' in entry.actor
    return own && entry.note ? [{ text: entry.note, at: entry.time }] : []
  })
}

function hashes(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

function stageOf(entry: Entry, kind: Kind | undefined): Stage | undefined {
  return entry.state ? kind?.states[entry.state]?.stage : undefined
}
