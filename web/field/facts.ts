import type { CaseRecord, Field, Json, Kind, Line } from '@core/model'

/** A field with what stands in it. */
export interface Fact {
  id: string
  field: Field
  value: Json
}

/** What a record says beside its title and its photos, in the order of the pack. */
export function factsOf(record: CaseRecord, kind: Kind | undefined): Fact[] {
  return Object.entries(kind?.fields ?? {}).flatMap(([id, field]): Fact[] => {
    const value = record.fields[id]
    if (value === undefined || value === null || field.type === 'photo' || id === kind?.views?.title) return []
    return [{ id, field, value }]
  })
}

/** All photos of a record, its own and those that came with notes, each once. */
export function photosOf(record: CaseRecord, kind: Kind | undefined, entries: readonly Line[]): string[] {
  const found = new Set<string>()
  for (const [id, field] of Object.entries(kind?.fields ?? {})) {
    const value = record.fields[id]
    if (field.type !== 'photo' || field.personal) continue
    for (const hash of Array.isArray(value) ? value : [value]) if (typeof hash === 'string') found.add(hash)
  }
  for (const { entry } of entries) if (entry.action === 'note') for (const hash of entry.files ?? []) found.add(hash)
  return [...found]
}
