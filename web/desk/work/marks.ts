import type { Brief, CaseRecord } from '@core/model'
import type { Mark } from '@ui/map/mark'

/** Records that have a place, as marks on the map. */
export function marksOf<R extends CaseRecord | Brief>(records: readonly R[], title: (record: R) => string): Mark[] {
  return records.flatMap((record) => (record.place ? [{ id: record.id, place: record.place, stage: record.stage, late: record.late, title: title(record) }] : []))
}
