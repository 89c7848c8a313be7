import { asTrouble, type Api, type Trouble } from '@core/api'
import type { Live } from '@core/live'
import { caseOf, type Rules, type WallCase } from './case'
import type { DayFigures } from './figures'
import type { WallModel } from './model'

/** How the picture stands: whether all that happens arrives, since when not, and what is the matter. */
export interface FeedState {
  phase: 'loading' | 'live' | 'cut' | 'trouble'
  /** By the server's clock: up to then the picture is true. */
  since: number
  trouble?: Trouble
}

const KEPT_CLOSED = 40
const MOST_OPEN = 20_000
const FIGURES_MS = 60_000
const AGAIN_MS = 4000
const JOURNALS = 12

/** Feeds a model with what happens: reads how things stand, then follows the stream, through breaks of any length. */
export class LiveFeed {
  private timers: ReturnType<typeof setTimeout>[] = []
  private off: (() => void)[] = []
  private ended = false
  private reading = false

  constructor(
    private readonly api: Api,
    private readonly live: Live,
    private readonly model: WallModel,
    private readonly rules: ReadonlyMap<string, Rules>,
    private readonly clockOffset: () => number,
    private readonly tell: (state: FeedState) => void,
  ) {}

  start(): void {
    this.off.push(
      this.live.on('entry', (told) => {
        this.model.arrive(told, Date.parse(told.entry.received))
      }),
      this.live.on('state', (state) => {
        if (state.phase === 'stale') void this.read()
        else if (state.phase === 'live') this.tell({ phase: 'live', since: this.model.options.now() })
        else if (state.phase === 'cut') this.tell({ phase: 'cut', since: Date.parse(state.since) + this.clockOffset() })
      }),
    )
    void this.read()
    const again = setInterval(() => void this.correct(), FIGURES_MS)
    const learn = setInterval(() => void this.learn(), 1500)
    this.timers.push(again, learn)
  }

  stop(): void {
    this.ended = true
    for (const timer of this.timers) clearTimeout(timer)
    for (const off of this.off) off()
    this.live.stop()
  }

  /** Reads how things stand. What happens meanwhile comes with the stream, which goes on from before the reading. */
  private async read(): Promise<void> {
    if (this.reading || this.ended) return
    this.reading = true
    try {
      const head = (await this.api.status()).head
      const kind = [...this.rules.keys()].join(',')
      const now = this.model.options.now()
      const [open, closed, figures] = await Promise.all([
        this.api.allRecords({ kind, open: true, limit: 500 }, MOST_OPEN),
        this.api.records({ kind, open: false, stage: 'close', order: 'changed', limit: KEPT_CLOSED }),
        this.figures(),
      ])
      const cases = [...open, ...closed.records].flatMap((record) => {
        const rules = this.rules.get(record.kind)
        return (rules && caseOf(record, rules, now)) ?? []
      })
      await this.whoActed(cases)
      if (this.ended) return
      this.model.reset(cases, head, figures)
      this.live.start(head)
    } catch (error) {
      this.tell({ phase: 'trouble', since: this.model.options.now(), trouble: asTrouble(error) })
      this.timers.push(setTimeout(() => void this.read(), AGAIN_MS))
    } finally {
      this.reading = false
    }
  }

  /** Of cases so late that nobody is left to tell, reads whether somebody has acted since. */
  private async whoActed(cases: WallCase[]): Promise<void> {
    const beyond = cases.filter((one) => one.closed === null && one.late && one.level >= (this.rules.get(one.kind)?.chain ?? Infinity)).slice(0, JOURNALS)
    await Promise.all(
      beyond.map(async (one) => {
        const { entries } = await this.api.journal(one.id)
        for (const { entry } of entries) {
          const at = Date.parse(entry.time)
          if (entry.late) one.lateAt = at
          else if (typeof entry.actor === 'object' && 'person' in entry.actor && entry.version > 1) one.acted = at
        }
        if (one.acted <= one.lateAt) one.acted = Math.min(one.acted, one.lateAt)
      }),
    )
  }

  /** The day's sums, and the sequence number up to which they count. */
  private async figures(): Promise<DayFigures> {
    const { dayOf, shown } = this.model.options
    const day = dayOf(shown())
    const { head, all, hours } = await this.api.figures(day)
    return { day, head, in: all.opened, out: all.closed, inTime: all.closed_in_time, hours: hours.map(({ opened, closed }) => ({ in: opened, out: closed })) }
  }

  private async correct(): Promise<void> {
    if (this.reading || this.ended || this.live.state.phase !== 'live') return
    try {
      this.model.correct(await this.figures())
    } catch {
      // The next minute asks again; a broken line is told by the stream.
    }
  }

  /** Reads cases that the stream named without saying what they are. */
  private async learn(): Promise<void> {
    const id = this.model.flow.unknown.values().next()
    if (id.done || this.ended) return
    try {
      const record = await this.api.record(id.value)
      const rules = this.rules.get(record.kind)
      const one = rules && caseOf(record, rules, this.model.options.now())
      if (one) this.model.learn(one)
      else this.model.flow.unknown.delete(id.value)
    } catch {
      this.model.flow.unknown.delete(id.value)
    }
  }
}
