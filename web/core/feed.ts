import type { Api } from './api'
import type { RecordFilter } from './asking'
import type { Board } from './board'
import type { Live } from './live'
import type { LiveEntry } from './model'
import { asTrouble, type Trouble } from './trouble'

/** How a board stands with the town. */
export interface FeedState {
  phase: 'loading' | 'ready' | 'trouble'
  trouble?: Trouble
  /** Whether there were more records than `most`. */
  partial: boolean
}

/** How much a feed reads. */
export interface FeedOptions {
  filter?: RecordFilter
  /** Records at most. */
  most?: number
  onState?: (state: FeedState) => void
}

const GAPS_AT_ONCE = 20

/**
 * Keeps a board as the town is: reads all pages of a filter, follows the stream from before the first page on, reads what
 * the stream alone can't tell, and reads everything anew where the stream was cut for too long.
 */
export class Feed {
  state: FeedState = { phase: 'loading', partial: false }
  private waiting: LiveEntry[] | undefined
  private ended = new AbortController()
  private readonly off: (() => void)[] = []
  private reading = false

  constructor(
    private readonly api: Pick<Api, 'records' | 'record'>,
    private readonly live: Pick<Live, 'on' | 'state'>,
    readonly board: Board,
    private readonly options: FeedOptions = {},
  ) {
    this.off.push(live.on('entry', (told) => this.take(told)))
    this.off.push(live.on('hello', () => this.state.phase === 'trouble' && void this.load()))
    let wasStale = false
    this.off.push(live.on('state', ({ phase }) => {
      if (phase === 'live' && wasStale) void this.load()
      if (phase === 'stale' || phase === 'live') wasStale = phase === 'stale'
    }))
    void this.load()
  }

  /** Reads everything anew. What the stream tells meanwhile is kept and applied on top. */
  async load(): Promise<void> {
    this.ended.abort()
    const ended = (this.ended = new AbortController())
    this.waiting = []
    this.turn({ phase: 'loading', partial: false })
    const most = this.options.most ?? 10_000
    try {
      // Without the stream's beginning nobody would know what came between the pages.
      await this.connected(ended.signal)
      const records = []
      let cursor: string | undefined
      do {
        const page = await this.api.records({ limit: 500, ...this.options.filter, ...(cursor ? { cursor } : {}) }, ended.signal)
        records.push(...page.records)
        cursor = page.next ?? undefined
      } while (cursor && records.length < most)
      if (ended.signal.aborted) return
      this.board.reset(records)
      const waiting = this.waiting
      this.waiting = undefined
      for (const told of waiting) this.board.apply(told)
      this.turn({ phase: 'ready', partial: cursor !== undefined })
      void this.fillGaps()
    } catch (error) {
      if (!ended.signal.aborted) this.turn({ phase: 'trouble', partial: false, trouble: asTrouble(error) })
    }
  }

  /** Ends it. */
  stop(): void {
    this.ended.abort()
    for (const off of this.off.splice(0)) off()
  }

  private take(told: LiveEntry): void {
    if (this.waiting) {
      this.waiting.push(told)
      return
    }
    this.board.apply(told)
    if (this.board.gaps().length > 0) void this.fillGaps()
  }

  private async fillGaps(): Promise<void> {
    if (this.reading) return
    this.reading = true
    const { signal } = this.ended
    try {
      for (let gaps = this.board.gaps(); gaps.length > 0 && !signal.aborted; gaps = this.board.gaps()) {
        const read = await Promise.all(gaps.slice(0, GAPS_AT_ONCE).map((id) => this.read(id)))
        if (signal.aborted) return
        this.board.put(read.filter((record) => record !== undefined))
      }
    } catch (error) {
      // A gap that can't be read makes the board a guess: better to read all of it once the town answers again.
      if (!signal.aborted) this.turn({ ...this.state, phase: 'trouble', trouble: asTrouble(error) })
    } finally {
      this.reading = false
    }
  }

  private async read(id: string) {
    try {
      return await this.api.record(id)
    } catch (error) {
      if (asTrouble(error).problem.status !== 404 && asTrouble(error).problem.status !== 403) throw error
      this.board.remove(id)
      return undefined
    }
  }

  private connected(signal: AbortSignal): Promise<void> {
    const { phase } = this.live.state
    // A stream that is cut tells what was missed once it is back: there is no need to wait for it.
    if (phase !== 'connecting') return Promise.resolve()
    return new Promise((resolve) => {
      const off = this.live.on('state', () => {
        off()
        resolve()
      })
      signal.addEventListener('abort', () => {
        off()
        resolve()
      })
    })
  }

  private turn(state: FeedState): void {
    this.state = state
    this.options.onState?.(state)
  }
}
