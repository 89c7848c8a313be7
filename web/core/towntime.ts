import type { Instant } from './model'
import type { Lang } from './text'

const formats = new Map<string, Intl.DateTimeFormat>()
const numbers = new Map<string, Intl.NumberFormat>()
/** By zone: the offset of each quarter of an hour that was asked for. No clock changes within one. */
const offsets = new Map<string, Map<number, number>>()
const QUARTER_MS = 900_000
const MOST_OFFSETS = 20_000

function format(lang: Lang, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${lang} ${zone} ${JSON.stringify(options)}`
  const before = formats.get(key)
  if (before) return before
  const made = new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: zone, ...options })
  formats.set(key, made)
  return made
}

const ms = (at: Instant | number): number => (typeof at === 'number' ? at : Date.parse(at))

/** Times as they are written in the town, whatever zone the browser is in. */
export class TownTime {
  /** `zone` is the town's IANA zone, as `GET /status` says it. */
  constructor(
    readonly zone: string,
    readonly lang: Lang,
  ) {}

  /** `16:50`. */
  clock(at: Instant | number): string {
    return this.say(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  }

  /** `16:50:07`. */
  seconds(at: Instant | number): string {
    return this.say(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
  }

  /** `3月2日周一` or `Mon 2 Mar`; with the year where it is not the year of `now`. */
  day(at: Instant | number, now: number = Date.now()): string {
    const sameYear = this.date(at).slice(0, 4) === this.date(now).slice(0, 4)
    return this.say(at, { ...(sameYear ? {} : { year: 'numeric' }), month: this.lang === 'zh' ? 'long' : 'short', day: 'numeric', weekday: 'short' })
  }

  /** The clock where it is today, the day and the clock otherwise. */
  when(at: Instant | number, now: number = Date.now()): string {
    return this.date(at) === this.date(now) ? this.clock(at) : `${this.day(at, now)} ${this.clock(at)}`
  }

  /** Day, year and clock with seconds in full, for whoever wants it exact. */
  exact(at: Instant | number): string {
    return this.say(at, {
      year: 'numeric', month: 'long', day: 'numeric', weekday: 'long', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
    })
  }

  /** The month in words with its year: `2026年3月`, `March 2026`. */
  month(at: Instant | number): string {
    return this.say(at, { year: 'numeric', month: 'long' })
  }

  /** The day of the week: `周一`, `Mon`. */
  weekday(at: Instant | number): string {
    return this.say(at, { weekday: 'short' })
  }

  /** `2026-03-02`: the civil day in the town. */
  date(at: Instant | number): string {
    return this.local(at).slice(0, 10)
  }

  /** `2026-03-02T16:50`, as an input of type datetime-local takes it. */
  local(at: Instant | number): string {
    const time = ms(at)
    return Number.isNaN(time) ? '' : new Date(time + this.offsetMs(time)).toISOString().slice(0, 16)
  }

  /** The instant of a local date and time in the town (`2026-03-02T16:50`, or a date alone: its beginning), with its offset. */
  instant(local: string): Instant | undefined {
    const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d))?)?$/.exec(local.trim())
    if (!parts) return undefined
    const text = `${parts[1]}T${parts[2] ?? '00:00'}:${parts[3] ?? '00'}`
    const asUtc = Date.parse(`${text}Z`)
    if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 10) !== parts[1]) return undefined
    // The offset before and after a change of clocks may differ: the second look settles it.
    let offset = this.offsetMs(asUtc)
    offset = this.offsetMs(asUtc - offset)
    const minutes = Math.round(Math.abs(offset) / 60_000)
    const two = (n: number): string => String(n).padStart(2, '0')
    return `${text}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  }

  /** A figure with the language's grouping. */
  number(n: number, digits = 0): string {
    return this.figure({ maximumFractionDigits: digits }).format(n)
  }

  /** A share (0 to 1) as percent. */
  percent(share: number, digits = 0): string {
    return this.figure({ style: 'percent', maximumFractionDigits: digits }).format(share)
  }

  private figure(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = `${this.lang} ${JSON.stringify(options)}`
    let made = numbers.get(key)
    if (!made) numbers.set(key, (made = new Intl.NumberFormat(this.lang === 'zh' ? 'zh-CN' : 'en-GB', options)))
    return made
  }

  /** By how much the town's clock is ahead of UTC at an instant, in ms. Asked for with every row of a long list, so kept. */
  private offsetMs(time: number): number {
    let known = offsets.get(this.zone)
    if (!known || known.size > MOST_OFFSETS) offsets.set(this.zone, (known = new Map()))
    const quarter = Math.floor(time / QUARTER_MS)
    let offset = known.get(quarter)
    if (offset === undefined) known.set(quarter, (offset = this.readOffset(time)))
    return offset
  }

  private readOffset(time: number): number {
    const part = this.parts(time)
    const local = Date.UTC(
      Number(part['year']), Number(part['month']) - 1, Number(part['day']), Number(part['hour']), Number(part['minute']), Number(part['second']),
    )
    return local - Math.floor(time / 1000) * 1000
  }

  private parts(time: number): Record<string, string> {
    const found = format('en', this.zone, {
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
    }).formatToParts(time)
    return Object.fromEntries(found.map((part) => [part.type, part.value]))
  }

  private say(at: Instant | number, options: Intl.DateTimeFormatOptions): string {
    const time = ms(at)
    return Number.isNaN(time) ? '' : format(this.lang, this.zone, options).format(time)
  }
}
