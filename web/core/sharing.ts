import { Line, type Hello, type LineOptions, type Listener, type LiveSource, type Source } from './line'
import type { LiveEntry } from './model'

/** What tabs need of the browser to share a line. */
export interface SharingOptions {
  locks?: Pick<LockManager, 'request'>
  channel?: (name: string) => Channel
  /** How often a tab that follows another asks whether that one still lives, and how long it waits for the answer. */
  askMs?: number
  patienceMs?: number
}

/** As much of a BroadcastChannel as is used. */
export interface Channel {
  postMessage: (word: unknown) => void
  onmessage: ((event: MessageEvent) => void) | null
  close: () => void
}

type Phase = 'connecting' | 'live' | 'cut'

/** What tabs say to each other. All but `join` and `alive?` are the leader's words. */
type Word =
  | { say: 'join'; from: string; since: number | undefined }
  | { say: 'caught'; to: string; at: number; told: LiveEntry[]; phase: Phase; head: number }
  /** Between `after` and this entry nothing happened that we may see. */
  | { say: 'told'; after: number; told: LiveEntry }
  | { say: 'hello'; hello: Hello }
  | { say: 'phase'; phase: Phase }
  | { say: 'alive?' }
  | { say: 'alive'; phase: Phase; at: number | undefined; quietMs: number }
  | { say: 'ended' }
  /** Too far behind: all tabs, or those that are not yet at `below`. */
  | { say: 'stale'; below: number | undefined }

/** Entries that every tab keeps, so that one that joins or leads needs no connection for what it missed. */
const KEPT = 300
const SILENCE_MS = 20_000

/** Whether tabs can share at all. */
export function canShare(options: SharingOptions): boolean {
  const locks = options.locks ?? (typeof navigator === 'undefined' ? undefined : navigator.locks)
  return locks !== undefined && (options.channel !== undefined || typeof BroadcastChannel !== 'undefined')
}

/** Who listens at a shared line. */
export interface SharingListener extends Listener {
  /** The journal's end as far as it is known; where no beginning was asked for, all is told from there on. */
  head: (seq: number) => void
}

/**
 * One connection for all tabs of a person. A lock says which tab leads: it holds the connection and tells the others what
 * comes. Every entry names its predecessor, so that a tab notices what it missed and asks for it. A leader that closes leaves
 * the lock to the next; one that the browser froze, or that hears nothing, has it taken away.
 */
export class SharedLine implements Source {
  private readonly id = Math.random().toString(36).slice(2)
  private readonly line: Line
  private channel: Channel | undefined
  private standing: AbortController | undefined
  private release: (() => void) | undefined
  private leads = false
  /** Up to here this tab knows everything; undefined until it is told where the journal ends. */
  private at: number | undefined
  /** What is kept: all that we may see after `from`. */
  private kept: LiveEntry[] = []
  private from: number | undefined
  private joined = false
  private phase: Phase = 'connecting'
  private head = 0
  /** The leader's own position while it reads again what another tab lacks. */
  private reaching: number | undefined
  /** When the leader was last heard, by `performance.now()`. */
  private heard = 0
  private asking: ReturnType<typeof setInterval> | undefined
  private doubting: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly who: string,
    private readonly api: LiveSource,
    private readonly options: LineOptions & SharingOptions,
    private readonly listener: SharingListener,
  ) {
    this.line = new Line(api, options, {
      entry: (told) => this.lead(told),
      hello: (hello) => this.greet(hello),
      phase: (phase) => this.turn(phase),
      ended: () => this.say({ say: 'ended' }),
    })
  }

  open(since: number | undefined): void {
    this.at = this.from = since
    const name = `gewang.live.${this.who}`
    this.channel = this.options.channel?.(name) ?? new BroadcastChannel(name)
    this.channel.onmessage = ({ data }) => this.hear(data as Word)
    this.stand(false)
    this.join()
    this.doubt()
    this.asking = setInterval(() => this.doubt(), this.options.askMs ?? 5000)
  }

  wake(): void {
    if (this.leads) this.line.wake()
    else this.doubt()
  }

  close(): void {
    clearInterval(this.asking)
    clearTimeout(this.doubting)
    this.line.close()
    this.standing?.abort()
    this.release?.()
    this.channel?.close()
    this.channel = undefined
    this.leads = false
  }

  private say(word: Word): void {
    this.channel?.postMessage(word)
  }

  /** Waits to lead, or takes the lead from a tab that no longer answers. */
  private stand(steal: boolean): void {
    this.standing?.abort()
    const standing = new AbortController()
    this.standing = standing
    const locks = this.options.locks ?? navigator.locks
    const hold = (): Promise<void> | undefined => {
      if (standing.signal.aborted) return undefined
      this.begin()
      return new Promise((resolve) => (this.release = resolve))
    }
    locks.request(`gewang.live.${this.who}`, steal ? { steal } : { signal: standing.signal }, hold).catch(() => {
      if (standing.signal.aborted) return
      // Taken from us: then we follow. Never given, in a browser that has no locks to give: then everybody leads.
      if (this.leads) this.follow()
      else this.begin()
    })
  }

  private begin(): void {
    this.leads = true
    this.phase = 'connecting'
    this.say({ say: 'phase', phase: 'connecting' })
    this.line.open(this.at)
  }

  private follow(): void {
    this.leads = false
    this.joined = false
    this.reaching = undefined
    this.line.close()
    this.release?.()
    this.stand(false)
    this.join()
  }

  // What a leader does.

  private lead(told: LiveEntry): void {
    const after = this.at ?? told.seq - 1
    this.keep(told)
    this.say({ say: 'told', after, told })
    this.listener.entry(told)
  }

  private greet(hello: Hello): void {
    this.at ??= hello.head
    this.from ??= this.at
    this.reaching = undefined
    this.reach(hello.head)
    this.say({ say: 'hello', hello })
    this.listener.hello(hello)
  }

  private turn(phase: 'live' | 'cut' | 'stale'): void {
    if (phase === 'stale') {
      const own = this.reaching
      this.reaching = undefined
      this.say({ say: 'stale', below: own })
      if (own === undefined) this.listener.phase('stale')
      else this.again(own)
      return
    }
    this.phase = phase
    this.say({ say: 'phase', phase })
    this.listener.phase(phase)
  }

  /** Connects anew to read from `since` on; every tab leaves out what it knows. */
  private again(since: number): void {
    this.at = this.from = since
    this.kept = []
    this.line.open(since)
  }

  private admit(to: string, since: number | undefined): void {
    // Before the first answer nobody knows where the journal ends: they ask again once it is there.
    if (this.at === undefined || this.from === undefined) return
    if (since !== undefined && since < this.from) {
      this.reaching ??= this.at
      this.again(since)
    }
    const told = since === undefined ? [] : this.kept.filter((one) => one.seq > since)
    this.say({ say: 'caught', to, at: Math.max(this.at, this.head), told, phase: this.phase, head: this.head })
  }

  // What a follower does.

  private join(): void {
    if (!this.leads) this.say({ say: 'join', from: this.id, since: this.at })
  }

  private hear(word: Word): void {
    if (this.leads) {
      if (word.say === 'join') this.admit(word.from, word.since)
      if (word.say === 'alive?') this.say({ say: 'alive', phase: this.phase, at: this.at, quietMs: performance.now() - this.line.heard })
      return
    }
    if (word.say === 'join' || word.say === 'alive?') return
    this.heard = performance.now()
    if (word.say === 'caught') this.caught(word)
    else if (word.say === 'told') this.next(word.after, word.told)
    else if (word.say === 'hello') {
      this.reach(word.hello.head)
      if (this.joined) this.listener.hello(word.hello)
    } else if (word.say === 'phase') this.learn(word.phase)
    else if (word.say === 'alive') {
      const silent = word.phase === 'live' && word.quietMs > (this.options.silenceMs ?? SILENCE_MS) + (this.options.askMs ?? 5000)
      if (silent) this.stand(true)
      else if (!this.joined || (word.at ?? 0) > (this.at ?? 0)) this.join()
      else this.learn(word.phase)
    } else if (word.say === 'ended') void this.api.onSignedOut?.()
    else if (word.below === undefined || (this.at ?? Infinity) < word.below) this.listener.phase('stale')
  }

  private caught({ to, at, told, phase, head }: Word & { say: 'caught' }): void {
    if (to !== this.id) return
    this.at ??= at
    this.from ??= this.at
    this.joined = true
    this.reach(head)
    for (const one of told) if (one.seq > this.at) this.pass(one)
    this.learn(phase)
  }

  private next(after: number, told: LiveEntry): void {
    if (this.at === undefined || after > this.at) this.join()
    else if (told.seq > this.at) this.pass(told)
  }

  private pass(told: LiveEntry): void {
    this.keep(told)
    this.listener.entry(told)
  }

  private learn(phase: Phase): void {
    this.phase = phase
    // A new leader may lack what this tab lacks: once it is connected it is asked.
    if (phase === 'connecting') this.joined = false
    else if (phase === 'live' && !this.joined) this.join()
    else this.listener.phase(phase)
  }

  /** Whether there is a leader who answers: if not, this tab leads. */
  private doubt(): void {
    if (this.leads || this.doubting !== undefined) return
    const asked = performance.now()
    this.say({ say: 'alive?' })
    // With chance, so that not all tabs take it at once.
    const patience = (this.options.patienceMs ?? 3000) * (1 + Math.random() / 2)
    this.doubting = setTimeout(() => {
      this.doubting = undefined
      if (!this.leads && this.channel && this.heard < asked) this.stand(true)
    }, patience)
  }

  // What both do.

  private keep(told: LiveEntry): void {
    this.at = told.seq
    this.from ??= told.seq - 1
    this.kept.push(told)
    if (this.kept.length > KEPT) this.from = this.kept.shift()?.seq ?? this.from
    this.head = Math.max(this.head, told.seq)
  }

  private reach(head: number): void {
    this.head = Math.max(this.head, head)
    this.listener.head(this.head)
  }
}
