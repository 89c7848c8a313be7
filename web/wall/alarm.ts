import { isUrgent, type Rules, type WallCase } from './case'

/** Why a case takes the centre. */
export type AlarmWhy = 'urgent' | 'beyond'
export interface Alarm {
  id: string
  why: AlarmWhy
  /** Since when it calls for somebody. */
  since: number
}

/** So long an urgent report may wait before it takes the centre: whoever is at the desk is quicker. */
export const GRACE_MS = 10_000
/** So long each of several alarms holds the centre. */
export const TURN_MS = 12_000

/** The cases that call for somebody, the longest waiting first: urgent ones that nobody took up, and those so late that
 * nobody of the chain is left to tell. Whoever does anything about one ends its alarm. */
export function alarms(cases: Iterable<WallCase>, rules: (kind: string) => Rules | undefined, now: number): Alarm[] {
  const found: Alarm[] = []
  for (const one of cases) {
    const why = alarmOf(one, rules, now)
    if (why) found.push({ id: one.id, why, since: why === 'urgent' ? one.opened : one.lateAt || one.due || one.opened })
  }
  return found.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1))
}

function alarmOf(one: WallCase, rules: (kind: string) => Rules | undefined, now: number): AlarmWhy | undefined {
  if (one.closed !== null) return undefined
  if (one.stage === 'report' && one.acted === 0 && now - one.opened >= GRACE_MS && isUrgent(one)) return 'urgent'
  if (!one.late || one.level === 0 || one.acted > one.lateAt) return undefined
  const chain = rules(one.kind)?.chain
  if (chain !== undefined && one.level >= chain) return 'beyond'
  return undefined
}

/** An alarm that nobody answered for so long stands: it comes back once a minute and leaves the picture to the rest. */
export const STANDS_MS = 3_600_000
const MINUTE_MS = 60_000

/** More cases late beyond their chain than this are one alarm together: case by case they would hold the centre for good. */
export const GROUP_OVER = 2

/** What holds the centre: one alarm of `all`, or `group`, the cases late beyond their chain together. */
export interface Turn { alarm: Alarm; index: number; group: number }

/** Which of several alarms holds the centre now: those that press in turn, and the standing ones for one turn of each
 * minute. By the clock, so that every screen shows the same. */
export function turn(all: readonly Alarm[], now: number): Turn | undefined {
  const beyond = all.filter((alarm) => alarm.why === 'beyond')
  const together = beyond.length > GROUP_OVER
  const pressing = all.filter((alarm) => alarm.why === 'urgent' || (!together && now - alarm.since < STANDS_MS))
  const ofMinute = now % MINUTE_MS < TURN_MS
  if (together && ofMinute) return beyond[0] && { alarm: beyond[0], index: 0, group: beyond.length }
  if (pressing.length === 0 && (together || !ofMinute)) return undefined
  const round = pressing.length > 0 ? Math.floor(now / TURN_MS) : Math.floor(now / MINUTE_MS)
  const list = pressing.length > 0 ? pressing : all
  const alarm = list[round % Math.max(1, list.length)]
  return alarm && { alarm, index: all.indexOf(alarm), group: 0 }
}
