import type { Instant, Step, Working } from './model'
import type { Said } from './text'

export { TownTime } from './towntime'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The server's clock as this browser knows it. */
export class ServerClock {
  /** Milliseconds by which the server's clock is ahead of the browser's. */
  offsetMs = 0
  private bestMs = Infinity

  /** Learns from an answer: its `time`, and how long the question took. The quickest answer so far counts. */
  learn(time: Instant, tookMs = 0, heard: number = Date.now()): void {
    const server = Date.parse(time)
    // A clock that jumped (a phone that slept) makes all that was learnt before worthless.
    const jumped = Math.abs(server + tookMs / 2 - (heard + this.offsetMs)) > tookMs + this.bestMs + 2000
    if (Number.isNaN(server) || (tookMs > this.bestMs && !jumped)) return
    this.bestMs = tookMs
    this.offsetMs = server + tookMs / 2 - heard
  }

  /** Milliseconds of the epoch by the server's clock. */
  now(): number {
    return Date.now() + this.offsetMs
  }
}

/** What bears on how a deadline is said. */
export interface DueContext {
  /** Whether the server says that it is late. */
  late?: boolean
  /** Whether the clock stands still. */
  stopped?: boolean
  /** How the deadline came about: with it, working time is said in working time. */
  working?: Working | null
}

/**
 * A deadline as people say it, undefined where there is none:
 * `core.due.stopped`; `core.due.in_minutes {n}`, `in_hours`, `in_days`, `now`; `core.due.late_minutes {n}`, `late_hours`,
 * `late_days`, `late_now`; with its explanation also `in_workhours`, `in_workminutes`, `in_workdays`, `late_workhours` ….
 */
export function dueWords(due: Instant | null | undefined, now: number, context: DueContext = {}): Said | undefined {
  if (context.stopped) return { key: 'core.due.stopped', params: {} }
  const at = due ? Date.parse(due) : NaN
  if (Number.isNaN(at)) return undefined
  const late = context.late ?? at < now
  const side = late ? 'late' : 'in'
  const working = context.working && Date.parse(context.working.deadline.at) === at ? context.working : undefined
  const steps = working ? [...working.steps, ...(working.after ?? [])] : []
  const isWorking = /work(hour|day)s?$/.test(working?.deadline.span ?? '')
  const [from, to] = late ? [at, now] : [now, at]
  const counted = isWorking ? countedMs(steps, from, to) : undefined
  // Where every minute between counts, working time and plain time are one, and plain words are the better ones.
  if (counted !== undefined && counted < to - from - MINUTE) return worked(side, counted, steps)
  return plain(side, Math.max(0, to - from))
}

function plain(side: 'late' | 'in', ms: number): Said {
  if (ms < MINUTE) return { key: side === 'late' ? 'core.due.late_now' : 'core.due.now', params: {} }
  const [unit, n] = amount(ms, side === 'in')
  return { key: `core.due.${side}_${unit}`, params: { n } }
}

/** What is left is rounded down above an hour (nobody is promised time there is not), what is over as it is. */
function amount(ms: number, left: boolean): ['minutes' | 'hours' | 'days', number] {
  if (ms < 100 * MINUTE) return ['minutes', left ? Math.ceil(ms / MINUTE) : Math.floor(ms / MINUTE)]
  if (ms < 36 * HOUR) return ['hours', Math.floor(ms / HOUR)]
  return ['days', Math.floor(ms / DAY)]
}

function worked(side: 'late' | 'in', ms: number, steps: readonly Step[]): Said {
  if (ms < 100 * MINUTE) return { key: `core.due.${side}_workminutes`, params: { n: Math.round(ms / MINUTE) } }
  const dayMs = workdayMs(steps)
  if (dayMs !== undefined && ms >= 2 * dayMs) return { key: `core.due.${side}_workdays`, params: { n: Math.floor(ms / dayMs) } }
  return { key: `core.due.${side}_workhours`, params: { n: Math.floor(ms / HOUR) } }
}

/** The working time in a stretch as far as the steps reach over all of it; undefined where they do not. */
function countedMs(steps: readonly Step[], from: number, to: number): number | undefined {
  const [first, last] = [steps[0], steps.at(-1)]
  if (!first || !last || Date.parse(first.from) > from || Date.parse(last.to) < to - 1) return undefined
  let sum = 0
  for (const step of steps) {
    if (step.counted) sum += Math.max(0, Math.min(Date.parse(step.to), to) - Math.max(Date.parse(step.from), from))
  }
  return sum
}

/** How long a whole working day is, as the steps show it: the most that is worked in the 24 hours after any beginning of work. */
function workdayMs(steps: readonly Step[]): number | undefined {
  let most = 0
  for (const begin of steps) {
    if (!begin.counted) continue
    const from = Date.parse(begin.from)
    let sum = 0
    for (const step of steps) {
      if (step.counted) sum += Math.max(0, Math.min(Date.parse(step.to), from + DAY) - Math.max(Date.parse(step.from), from))
    }
    most = Math.max(most, sum)
  }
  return most >= 2 * HOUR ? most : undefined
}

/** How long ago: `core.ago.now`, `core.ago.minutes {n}`, `hours`, `days`, `months`, `years`; what is to come: `core.in.…`. */
export function ago(at: Instant, now: number): Said {
  const ms = now - Date.parse(at)
  if (Math.abs(ms) < MINUTE) return { key: 'core.ago.now', params: {} }
  const side = ms > 0 ? 'core.ago' : 'core.in'
  const long = Math.abs(ms)
  if (long < HOUR) return { key: `${side}.minutes`, params: { n: Math.floor(long / MINUTE) } }
  if (long < DAY) return { key: `${side}.hours`, params: { n: Math.floor(long / HOUR) } }
  if (long < 60 * DAY) return { key: `${side}.days`, params: { n: Math.floor(long / DAY) } }
  if (long < 730 * DAY) return { key: `${side}.months`, params: { n: Math.floor(long / (30.44 * DAY)) } }
  return { key: `${side}.years`, params: { n: Math.floor(long / (365.25 * DAY)) } }
}

/** A span of the API (`2 workhours`, `30m`, `90d after closed`'s `90d`) as people say it: `core.span.workhours {n}`. */
export function spanWords(span: string): Said {
  const parts = /^\s*(\d+)\s*([a-z]+)/.exec(span)
  const short: Record<string, string> = { m: 'minutes', h: 'hours', d: 'days', wh: 'workhours', wd: 'workdays' }
  const unit = parts?.[2] ?? ''
  const name = short[unit] ?? (unit.endsWith('s') ? unit : `${unit}s`)
  const is = ['minutes', 'hours', 'days', 'workhours', 'workdays'].includes(name)
  return is ? { key: `core.span.${name}`, params: { n: Number(parts?.[1]) } } : { key: 'core.span.other', params: { span } }
}

/** A length of time: `core.span.minutes {n}`, `hours`, `days`. */
export function lengthWords(ms: number): Said {
  if (ms < MINUTE) return { key: 'core.span.seconds', params: { n: Math.max(0, Math.round(ms / 1000)) } }
  const [unit, n] = amount(ms, false)
  return { key: `core.span.${unit}`, params: { n } }
}
