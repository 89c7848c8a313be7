import type { CaseRecord, Field, Json, Kind } from '@core/model'

/** One field of a record that holds something. */
export interface Fact { id: string; field: Field; value: Json }

/** What a record holds, parted into photos and the rest, in the order of its kind; what titles it stands above already. */
export function facts(record: CaseRecord, kind: Kind): { photos: Fact[]; words: Fact[] } {
  const photos: Fact[] = []
  const words: Fact[] = []
  for (const [id, field] of Object.entries(kind.fields)) {
    const value = record.fields[id]
    if (field.personal || value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue
    if (field.type === 'photo') photos.push({ id, field, value })
    else if (id !== kind.views?.title || String(value).length > 60) words.push({ id, field, value })
  }
  return { photos, words }
}

/** The hashes that a field of photos holds. */
export function hashes(value: Json): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string')
}
