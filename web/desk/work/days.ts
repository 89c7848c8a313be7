import type { CaseRecord } from '@core/model'

/** Records by the local day of their deadline, or of a date of their own, each day in order of the clock. */
export function byDay(records: readonly CaseRecord[], field: string, dateOf: (instant: string) => string): Map<string, CaseRecord[]> {
  const days = new Map<string, CaseRecord[]>()
  const at = (record: CaseRecord): string | undefined => {
    const value = field === 'due' ? record.due : record.fields[field]
    return typeof value === 'string' ? value : undefined
  }
  for (const record of records) {
    const value = at(record)
    if (!value) continue
    const day = /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : dateOf(value)
    const list = days.get(day)
    if (list) list.push(record)
    else days.set(day, [record])
  }
  for (const list of days.values()) list.sort((a, b) => ((at(a) ?? '') < (at(b) ?? '') ? -1 : 1))
  return days
}
