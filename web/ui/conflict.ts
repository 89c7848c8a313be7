import type { Asked, CaseRecord, Field, Json, JsonObject } from '@core/model'

/** Whose value goes into the command. */
export type Side = 'mine' | 'theirs'

/** A field of a form as three have it: as I saw it, as I wrote it, as it is now. */
export interface ConflictRow {
  id: string
  field: Field
  mine: Json | undefined
  before: Json | undefined
  now: Json | undefined
  /** Both changed it, to different values. */
  clash: boolean
}

/** The fields that I wrote, with what stands there now. */
export function conflictRows(asked: readonly Asked[], mine: JsonObject, before: CaseRecord, now: CaseRecord): ConflictRow[] {
  return asked
    .filter(({ id }) => id in mine)
    .map(({ id, field, required }) => {
      const row = { id, field, mine: mine[id], before: before.fields[id], now: now.fields[id] }
      // What each action must say anew (a reason, a result) contradicts nobody's.
      const own = required && same(row.before, null)
      return { ...row, clash: !own && !same(row.before, row.now) && !same(row.mine, row.now) }
    })
}

/**
 * What to send after the choice: mine but for the fields where theirs was chosen, which are left out, so that what
 * stands there stays.
 */
export function merged(mine: JsonObject, rows: readonly ConflictRow[], chosen: Readonly<Record<string, Side>>): JsonObject {
  const theirs = new Set(rows.filter((row) => row.clash && chosen[row.id] === 'theirs').map((row) => row.id))
  return Object.fromEntries(Object.entries(mine).filter(([id]) => !theirs.has(id)))
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}
