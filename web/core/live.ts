import type { Api } from './api'
import type { Instant, LiveEntry } from './model'
import { EventReader, type ServerEvent } from './sse'
import { Trouble } from './trouble'

/**
 * How the stream stands: `connecting` before the first answer; `live`: all that happens arrives; `cut`: nothing arrives
 * since `since`, and it is tried again; `stale`: too far behind to go on, the reader must `start()` at the journal's end and
 * read anew; `stopped`: not wanted.
 */
export type LivePhase = 'stopped' | 'connecting' | 'live' | 'cut' | 'stale'

/** The stream's state: its phase, since when by this browser's clock, and the last sequence number known. */
export interface LiveState {
  phase: LivePhase
  since: Instant
  head: number
}

/** What a stream tells. */
export interface LiveEvents {
  /** An entry that the caller may see, each once and in order. */
  entry: LiveEntry
  /** The phase changed. */
  state: LiveState
  /** The server's clock and the journal's end, at each connection. */
  hello: { time: Instant; head: number }
}

/** How patient a stream is. */
export interface LiveOptions {
  /** Silence after which the line counts as cut; the server's heartbeat comes every 15 s. */
  silenceMs?: number
  /** The first pause before trying again; it doubles up to `mostMs`, with chance. */
  againMs?: number
  mostMs?: number
  random?: () => number
}

/** What a stream needs of the API. */
export type LiveSource = Pick<Api, 'stream' | 'onSignedOut'>

/** The journal as it happens, over server-sent events, resumed by itself after any break without loss or repetition. */
export class Live {
  state: LiveState = { phase: 'stopped', since: new Date(0).toISOString(), head: 0 }
  /** The last sequence number from which to go on; undefined until the first `hello`. */
  private last: number | undefined
  private running: AbortController | undefined
  private failures = 0
  private wake: (() => void) | undefined
  private readonly hearers: { [K in keyof LiveEvents]: Set<(told: LiveEvents[K]) => void> } = {
    entry: new Set(),
    state: new Set(),
    hello: new Set(),
  }

  constructor(
    private readonly api: LiveSource,
    private readonly options: LiveOptions = {},
  ) {}

  /** Follows the journal after `since`; without it from where it was, or from its end. */
  start(since?: number): void {
    this.stop()
    if (since !== undefined) this.last = since
    const running = new AbortController()
    this.running = running
    this.failures = 0
    this.turn('connecting')
    void this.run(running.signal)
    if (typeof addEventListener === 'function') {
      // A phone that wakes or finds its network again should not wait out a long pause.
      const again = (): void => this.wake?.()
      addEventListener('online', again, { signal: running.signal })
      addEventListener('pageshow', again, { signal: running.signal })
    }
  }

  /** Ends it; `start()` goes on without a gap. */
  stop(): void {
    if (!this.running) return
    this.running.abort()
    this.running = undefined
    this.turn('stopped')
  }

  /** Hears what it tells until the function returned is called. */
  on<K extends keyof LiveEvents>(event: K, hear: (told: LiveEvents[K]) => void): () => void {
    this.hearers[event].add(hear)
    return () => this.hearers[event].delete(hear)
  }

  private tell<K extends keyof LiveEvents>(event: K, told: LiveEvents[K]): void {
    for (const hear of [...this.hearers[event]]) {
      try {
        hear(told)
      } catch (error) {
        // One listener's mistake must not cost the others the entry.
        reportError(error)
      }
    }
  }

  private turn(phase: LivePhase): void {
    if (this.state.phase === phase) return
    this.state = { phase, since: new Date().toISOString(), head: this.state.head }
    this.tell('state', this.state)
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ended = await this.connection(signal)
      if (signal.aborted) return
      if (ended === 'stale') {
        this.running = undefined
        this.last = undefined
        this.turn('stale')
        return
      }
      if (ended !== 'resume') {
        this.turn('cut')
        await this.rest(signal)
      }
    }
  }

  /** One connection, until it ends: `stale` where it can't go on, `resume` where the server asks to connect at once. */
  private async connection(outer: AbortSignal): Promise<'cut' | 'stale' | 'resume'> {
    const control = new AbortController()
    const end = (): void => control.abort()
    outer.addEventListener('abort', end)
    let silence: ReturnType<typeof setTimeout> | undefined
    const heard = (): void => {
      clearTimeout(silence)
      silence = setTimeout(end, this.options.silenceMs ?? 20_000)
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
      }
      return 'cut'
    } catch (error) {
      return this.failed(error)
    } finally {
      clearTimeout(silence)
      outer.removeEventListener('abort', end)
      control.abort()
    }
  }

  private async failed(error: unknown): Promise<'cut' | 'stale'> {
    if (!(error instanceof Trouble)) return 'cut'
    if (error.problem.code === 'too_far_behind') return 'stale'
    if (error.kind === 'signed_out') {
      this.turn('cut')
      // Where nobody signs in again it is tried now and then all the same: another tab may have done it.
      if (await this.api.onSignedOut?.()) this.failures = 0
      else this.failures = Math.max(this.failures, 4)
    }
    return 'cut'
  }

  private take(event: ServerEvent): void {
    if (event.event === 'hello') {
      const hello = JSON.parse(event.data) as LiveEvents['hello']
      this.failures = 0
      this.last ??= hello.head
      this.head(hello.head)
      this.tell('hello', hello)
      this.turn('live')
    } else if (event.event === 'entry') {
      const told = JSON.parse(event.data) as LiveEntry
      if (this.last !== undefined && told.seq <= this.last) return
      this.last = told.seq
      this.head(told.seq)
      this.tell('entry', told)
    }
  }

  private head(seq: number): void {
    if (seq > this.state.head) this.state = { ...this.state, head: seq }
  }

  private rest(signal: AbortSignal): Promise<void> {
    const { againMs = 500, mostMs = 15_000, random = Math.random } = this.options
    const most = Math.min(mostMs, againMs * 2 ** this.failures++)
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.wake = undefined
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, most * (0.5 + random() / 2))
      this.wake = done
      signal.addEventListener('abort', done)
    })
  }
}
