import type { Brief, Entry } from '@core/model'
import type { Rules } from '../../wall/case'
import type { Told } from '../../wall/flow'

/** The rules of a small kind: four stages, two counted fields, a chain of three. */
export const RULES: Rules = {
  counted: ['category', 'severity'],
  chain: 3,
  stage: (state) => ({ reported: 'report', registered: 'triage', handling: 'handle', handled: 'close', closed: 'close' })[state] as ReturnType<Rules['stage']>,
  final: (state) => state === 'closed',
}
export const rules = (kind: string): Rules | undefined => (kind === 'governance.matter' ? RULES : undefined)

/** Monday 2 March 2026, midnight in the town. */
export const DAY = Date.parse('2026-03-02T00:00:00+08:00')
export const iso = (at: number): string => new Date(at).toISOString()
export const PLACE: [number, number] = [119.99, 31.43]

/** An entry as the stream tells it. */
export function told(seq: number, record: string, version: number, state: string | undefined, more: Partial<Entry> = {}, brief: Partial<Brief> = {}): Told {
  const time = more.time ?? iso(DAY + seq * 1000)
  const entry: Entry = {
    seq,
    command: `c${seq}`,
    at: time,
    received: time,
    time,
    actor: version === 1 ? 'public' : { person: 'somebody' },
    kind: 'governance.matter',
    pack: 1,
    record,
    action: 'act',
    version,
    ...(state === undefined ? {} : { state }),
    ...(version === 1 ? { number: `SJ20260302-${record}`, place: PLACE, cell: 'penggan-03', set: { category: 'litter', severity: 'normal', summary: '张三 13800000000' } } : {}),
    ...more,
  }
  return {
    seq,
    entry,
    record: { id: record, kind: 'governance.matter', state: state ?? 'reported', version, cell: 'penggan-03', place: PLACE, opened: iso(DAY), late: false, assigned: [], ...brief },
  }
}
