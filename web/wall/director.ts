import type { Flow, Step, Told } from './flow'

/** Cards, figures and the ticker move on with each beat of the server's clock, all at once and on every screen alike. */
export const BEAT_MS = 2000
/** An entry counts for a beat when it happened so long before it: by then it has reached every screen. */
export const SLACK_MS = 400
/** Older than this an entry is history (after a break): it is taken without show. */
const NEWS_MS = BEAT_MS + SLACK_MS

/** An entry with the moment at which the wall shows it, in ms of the server's clock. */
export interface Due extends Told {
  at: number
}

/** What a beat brought. */
export interface Beat {
  at: number
  /** How many beats since the epoch: what takes turns counts by it. */
  number: number
  steps: Step[]
  /** Those of the steps that have just happened. */
  fresh: Step[]
}

/** Gathers entries as they arrive and lets the flow take them beat by beat. */
export class Director {
  private waiting: Due[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private last = -1

  constructor(
    private readonly flow: Flow,
    private readonly now: () => number,
    private readonly onBeat: (beat: Beat) => void,
  ) {}

  get waitingCount(): number {
    return this.waiting.length
  }

  take(due: Due): void {
    this.waiting.push(due)
  }

  clear(): void {
    this.waiting = []
  }

  start(): void {
    this.stop()
    const again = (): void => {
      const now = this.now()
      this.timer = setTimeout(() => {
        this.beat(Math.floor((this.now() + 20) / BEAT_MS))
        again()
      }, BEAT_MS - (now % BEAT_MS))
    }
    again()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  /** Takes what is due at a beat, in the journal's order. A beat is never told twice. */
  beat(number: number): void {
    if (number === this.last) return
    this.last = number
    const at = number * BEAT_MS
    const until = at - SLACK_MS
    const due: Due[] = []
    const later: Due[] = []
    for (const one of this.waiting) (one.at <= until ? due : later).push(one)
    this.waiting = later
    due.sort((a, b) => a.seq - b.seq)
    const steps: Step[] = []
    const fresh: Step[] = []
    for (const one of due) {
      const step = this.flow.apply(one)
      if (!step) continue
      steps.push(step)
      if (one.at > until - NEWS_MS) fresh.push(step)
    }
    this.onBeat({ at, number, steps, fresh })
  }
}
