import type { Api } from './api'
import type { Instant, LiveEntry } from './model'
import { EventReader, type ServerEvent } from './sse'
import { Trouble } from './trouble'

/** How patient a stream is. */
export interface LineOptions {
  /** Silence after which the line counts as cut; the server's heartbeat comes every 15 s. */
  silenceMs?: number
  /** The first pause before trying again; it doubles up to `mostMs`, with chance. */
  againMs?: number
  mostMs?: number
  /** Holds no line: every so often what has happened is read, and the line is given back. */
  glanceMs?: number
  random?: () => number
}

/** What a line needs of the API. */
export type LiveSource = Pick<Api, 'stream' | 'onSignedOut'>

/** What a connection begins with: the server's clock and the journal's end. */
export interface Hello {
  time: Instant
  head: number
}

/** Who listens at a line. */
export interface Listener {
  /** An entry, each once and in order. */
  entry: (told: LiveEntry) => void
  hello: (hello: Hello) => void
  /** `stale`: too far behind; the line has ended. */
  phase: (phase: 'live' | 'cut' | 'stale') => void
  /** The session has ended; the line asks for it to be begun again. */
  ended?: () => void
}

/** Where entries come from: a line of one's own, or one that this browser's tabs share. */
export interface Source {
  /** Follows the journal after `since`; without it from its end. */
  open: (since: number | undefined) => void
  /** Tries again now, whatever pause it is in. */
  wake: () => void
  close: () => void
}

/** After so much silence a glance has seen all that had happened. */
const SEEN_MS = 250

/** A connection to the town, made again after every break, from where it was. */
export class Line implements Source {
  /** The last sequence number told; undefined until the first `hello`. */
  last: number | undefined
  /** When the server was last heard, by `performance.now()`. */
  heard = performance.now()
  private running: AbortController | undefined
  private failures = 0
  private rouse: (() => void) | undefined

  constructor(
    private readonly api: LiveSource,
    private readonly options: LineOptions,
    private readonly listener: Listener,
  ) {}

  open(since: number | undefined): void {
    this.close()
    this.last = since
    this.failures = 0
    this.running = new AbortController()
    void this.run(this.running.signal)
  }

  wake(): void {
    this.rouse?.()
  }

  close(): void {
    this.running?.abort()
    this.running = undefined
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ended = await this.connection(signal)
      if (signal.aborted) return
      if (ended === 'stale') {
        this.running = undefined
        this.listener.phase('stale')
        return
      }
      if (ended === 'seen') await this.rest(signal, this.options.glanceMs ?? 0)
      if (ended === 'cut') {
        this.listener.phase('cut')
        await this.rest(signal, this.pauseMs())
      }
    }
  }

  /**
   * One connection, until it ends: `stale` where it can't go on, `resume` where the server asks to connect at once, `seen` where a
   * glance is enough.
   */
  private async connection(outer: AbortSignal): Promise<'cut' | 'stale' | 'resume' | 'seen'> {
    const control = new AbortController()
    const end = (): void => control.abort()
    outer.addEventListener('abort', end)
    const glances = this.options.glanceMs !== undefined
    let greeted = false
    let silence: ReturnType<typeof setTimeout> | undefined
    const heard = (): void => {
      this.heard = performance.now()
      clearTimeout(silence)
      silence = setTimeout(end, greeted && glances ? SEEN_MS : (this.options.silenceMs ?? 20_000))
    }
    try {
      heard()
      const response = await this.api.stream(this.last, control.signal)
      const reader = new EventReader(response.body as ReadableStream<Uint8Array>, heard)
      for await (const event of reader) {
        if (outer.aborted) return 'cut'
        if (event.event === 'resume') {
          const { since } = JSON.parse(event.data) as { since: number }
          this.last = Math.max(this.last ?? 0, since)
          return 'resume'
        }
        this.take(event)
        greeted = true
        if (glances) heard()
      }
      return greeted && glances ? 'seen' : 'cut'
    } catch (error) {
      if (greeted && glances && control.signal.aborted && !outer.aborted) return 'seen'
      return this.failed(error, outer)
    } finally {
      clearTimeout(silence)
      outer.removeEventListener('abort', end)
      control.abort()
    }
  }

  private async failed(error: unknown, signal: AbortSignal): Promise<'cut' | 'stale'> {
    if (!(error instanceof Trouble) || signal.aborted) return 'cut'
    if (error.problem.code === 'too_far_behind') return 'stale'
    if (error.kind === 'signed_out') {
      this.listener.phase('cut')
      this.listener.ended?.()
      // Where nobody signs in again it is tried now and then all the same: another tab may have done it.
      if (await this.api.onSignedOut?.()) this.failures = 0
      else this.failures = Math.max(this.failures, 4)
    }
    return 'cut'
  }

  private take(event: ServerEvent): void {
    if (event.event === 'hello') {
      const hello = JSON.parse(event.data) as Hello
      this.failures = 0
      this.last ??= hello.head
      this.listener.hello(hello)
      this.listener.phase('live')
    } else if (event.event === 'entry') {
      const told = JSON.parse(event.data) as LiveEntry
      if (this.last !== undefined && told.seq <= this.last) return
      this.last = told.seq
      this.listener.entry(told)
    }
  }

  private pauseMs(): number {
    const { againMs = 500, mostMs = 15_000, random = Math.random } = this.options
    return Math.min(mostMs, againMs * 2 ** this.failures++) * (0.5 + random() / 2)
  }

  private rest(signal: AbortSignal, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.rouse = undefined
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.rouse = done
      signal.addEventListener('abort', done)
    })
  }
}
