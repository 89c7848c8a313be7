import { distanceM } from '@core/geo'
import type { CaseRecord, JsonObject, Kind, Likely, LonLat } from '@core/model'

const DAY_MS = 86_400_000

/**
 * Records on this phone that are likely the same thing, by the kind's own rule: what is told while there is no network.
 * Spans in anything but days are read as one week, since only the server can count working time.
 */
export function likelyHere(
  records: readonly CaseRecord[],
  kindId: string,
  kind: Kind | undefined,
  place: LonLat,
  data: JsonObject,
  now: number,
): Likely[] {
  const rule = kind?.duplicates
  if (!rule) return []
  const within = Number.parseFloat(rule.within)
  const days = /^(\d+)\s*d(ays?)?$/.exec(rule.for.trim())?.[1]
  const since = now - (days ? Number(days) : 7) * DAY_MS
  return records
    .filter((record) => record.kind === kindId && !record.closed && record.place && Date.parse(record.opened) >= since)
    .filter((record) => (rule.same ?? []).every((field) => (record.fields[field] ?? null) === (data[field] ?? null)))
    .map((record) => ({ record, metres: Math.round(distanceM(place, record.place as LonLat)) }))
    .filter(({ metres }) => metres <= within)
    .sort((a, b) => a.metres - b.metres)
    .map(({ record, metres }) => ({
      record: record.id,
      number: record.number ?? null,
      title: (kind?.views?.title ? record.fields[kind.views.title] : null) ?? null,
      stage: record.stage ?? null,
      opened: record.opened,
      distance_m: metres,
      photo: null,
      same: Object.fromEntries((rule.same ?? []).map((field) => [field, record.fields[field] ?? null])),
    }))
}
