import { asTrouble, type Api } from '@core/api'
import { caseOfBrief, type RichBrief, type Rules, type WallCase } from './case'
import { blankDay } from './figures'
import type { Told } from './flow'
import type { FeedState } from './live'
import type { WallModel } from './model'

/** The clock of a day that is played again. Where several screens play it, its place follows from the server's clock alone,
 * so that all are in step without a word; on one screen it begins when the page opens and can be moved. */
export class ReplayClock {
  private anchor: number
  private offset = 0
  private held: number | undefined

  /** `from` and `to` in ms of the epoch; the last moment stays for `restMs`, then the day begins again. */
  constructor(
    readonly from: number,
    readonly to: number,
    readonly speed: number,
    private readonly now: () => number,
    private readonly together: boolean,
    minute?: number,
    private readonly restMs = 12_000,
  ) {
    this.anchor = together ? 0 : now()
    this.offset = minute === undefined ? 0 : Math.min(minute * 60_000, to - from)
  }

  /** The moment of the day that is shown at `now`. */
  shown(now = this.now()): number {
    if (this.held !== undefined) return this.held
    const round = (this.to - this.from) / this.speed + this.restMs
    const played = ((now - this.anchor + this.offset / this.speed) % round) * this.speed
    return Math.min(this.from + played, this.to)
  }

  /** When, by the server's clock, a moment of the day is shown in the round that is played at `now`. */
  when(moment: number, now = this.now()): number {
    return now - (this.shown(now) - moment) / this.speed
  }

  get paused(): boolean {
    return this.held !== undefined
  }

  pause(): void {
    this.held ??= this.shown()
  }

  play(): void {
    if (this.held === undefined) return
    const moment = this.held
    this.held = undefined
    this.seek(moment)
  }

  /** Goes to a moment of the day; screens in step don't. */
  seek(moment: number): void {
    if (this.together) return
    const at = Math.min(Math.max(moment, this.from), this.to)
    if (this.held !== undefined) this.held = at
    this.anchor = this.now()
    this.offset = at - this.from
  }
}

const PUMP_MS = 80
/** Parts of the day whose entries the bar shows. */
export const PARTS = 96

/** Plays a past day into a model: the cases open when it began, then its entries as they happened. */
export class ReplayFeed {
  private start: WallCase[] = []
  private entries: Told[] = []
  private moments: number[] = []
  private next = 0
  private last = 0
  private timer: ReturnType<typeof setInterval> | undefined
  private ended = false
  private know: (edition: string) => void = () => {}
  /** The edition of the cells on that day, once the day is read: the map shows those. */
  readonly edition = new Promise<string>((resolve) => (this.know = resolve))

  constructor(
    private readonly api: Api,
    private readonly model: WallModel,
    private readonly rules: ReadonlyMap<string, Rules>,
    private readonly day: string,
    private readonly tell: (state: FeedState) => void,
  ) {}

  /** Reads the day; the clock that plays it is made by `clockOf` once its bounds are known. */
  async load(clockOf: (from: number, to: number) => ReplayClock): Promise<ReplayClock | undefined> {
    try {
      let cursor: string | undefined
      let bounds: [number, number] = [0, 0]
      do {
        const page = await this.api.replay(this.day, cursor)
        if (this.ended) return undefined
        if (cursor === undefined) {
          bounds = [Date.parse(page.from), Date.parse(page.to)]
          this.know(String(page.edition))
          this.start = page.open.flatMap((brief: RichBrief) => {
            const rules = this.rules.get(brief.kind)
            return (rules && caseOfBrief(brief, rules)) ?? []
          })
        }
        for (const told of page.entries) if (this.rules.has(told.entry.kind)) this.entries.push(told)
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
      this.moments = this.entries.map((told) => Date.parse(told.entry.received))
      return clockOf(...bounds)
    } catch (error) {
      this.tell({ phase: 'trouble', since: this.model.options.now(), trouble: asTrouble(error) })
      return undefined
    }
  }

  /** How many entries each part of the day has. */
  parts(clock: ReplayClock): number[] {
    const parts = new Array<number>(PARTS).fill(0)
    for (const moment of this.moments) {
      const at = Math.floor(((moment - clock.from) / (clock.to - clock.from)) * PARTS)
      parts[Math.min(Math.max(at, 0), PARTS - 1)]!++
    }
    return parts
  }

  play(clock: ReplayClock): void {
    this.jump(clock.shown())
    this.tell({ phase: 'live', since: this.model.options.now() })
    this.timer = setInterval(() => this.pump(clock), PUMP_MS)
  }

  stop(): void {
    this.ended = true
    clearInterval(this.timer)
  }

  /** Shows the day as it stood at a moment. */
  jump(moment: number): void {
    this.next = this.after(moment)
    this.last = moment
    this.model.reset(
      this.start.map((one) => ({ ...one })),
      0,
      blankDay(this.day, 0),
    )
    this.model.recount(this.entries.slice(0, this.next))
  }

  private pump(clock: ReplayClock): void {
    const shown = clock.shown()
    const step = shown - this.last
    if (step < 0 || step > clock.speed * 5000) this.jump(shown)
    this.last = shown
    const now = this.model.options.now()
    while (this.next < this.entries.length && (this.moments[this.next] ?? Infinity) <= shown) {
      const told = this.entries[this.next]
      const moment = this.moments[this.next] ?? shown
      if (told) this.model.arrive(told, clock.when(moment, now))
      this.next++
    }
  }

  /** The index of the first entry after a moment. */
  private after(moment: number): number {
    let low = 0
    let high = this.moments.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.moments[middle] ?? 0) <= moment) low = middle + 1
      else high = middle
    }
    return low
  }
}
