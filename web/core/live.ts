import { Line, type Hello, type LineOptions, type LiveSource, type Source } from './line'
import type { Instant, LiveEntry } from './model'
import { canShare, SharedLine, type SharingOptions } from './sharing'

export type { LiveSource } from './line'

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
  hello: Hello
}

/** How a stream is followed. */
export interface LiveOptions extends LineOptions, SharingOptions {
  /**
   * Who follows it, asked at each start: tabs of one browser for which it is the same share one connection, of which a browser
   * has only six for a town. Undefined: a connection of its own.
   */
  who?: () => string | undefined
}

/** The journal as it happens, over server-sent events, resumed by itself after any break without loss or repetition. */
export class Live {
  state: LiveState = { phase: 'stopped', since: new Date(0).toISOString(), head: 0 }
  /** The last sequence number from which to go on; undefined until the first `hello`. */
  private last: number | undefined
  private source: Source | undefined
  private listening: AbortController | undefined
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
    const source = this.newSource()
    this.source = source
    this.turn('connecting')
    source.open(this.last)
    if (typeof addEventListener === 'function') {
      this.listening = new AbortController()
      const { signal } = this.listening
      // A phone that wakes or finds its network again should not wait out a long pause.
      addEventListener('online', () => source.wake(), { signal })
      addEventListener('pageshow', () => source.wake(), { signal })
    }
  }

  /** Ends it; `start()` goes on without a gap. */
  stop(): void {
    if (!this.source) return
    this.end()
    this.turn('stopped')
  }

  /** Hears what it tells until the function returned is called. */
  on<K extends keyof LiveEvents>(event: K, hear: (told: LiveEvents[K]) => void): () => void {
    this.hearers[event].add(hear)
    return () => this.hearers[event].delete(hear)
  }

  private newSource(): Source {
    const who = this.options.glanceMs === undefined ? this.options.who?.() : undefined
    const listener = {
      entry: (told: LiveEntry) => this.take(told),
      hello: (hello: Hello) => {
        this.begin(hello.head)
        this.tell('hello', hello)
      },
      phase: (phase: 'live' | 'cut' | 'stale') => {
        if (phase === 'stale') {
          this.end()
          this.last = undefined
        }
        this.turn(phase)
      },
    }
    if (who === undefined || !canShare(this.options)) return new Line(this.api, this.options, listener)
    return new SharedLine(who, this.api, this.options, { ...listener, head: (seq) => this.begin(seq) })
  }

  private end(): void {
    this.source?.close()
    this.source = undefined
    this.listening?.abort()
  }

  private take(told: LiveEntry): void {
    if (this.last !== undefined && told.seq <= this.last) return
    this.last = told.seq
    this.head(told.seq)
    this.tell('entry', told)
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

  private begin(head: number): void {
    this.last ??= head
    this.head(head)
  }

  private head(seq: number): void {
    if (seq > this.state.head) this.state = { ...this.state, head: seq }
  }
}
