import type { Scene } from './params'

/** Each scene of a quiet hour stays so long. */
export const SCENE_MS = 30_000
/** With fewer entries than this in the last two minutes all is quiet. */
export const QUIET_ENTRIES = 16
export const QUIET_MS = 120_000
/** The flow comes back between the others. */
const ROUND: readonly Scene[] = ['flow', 'cells', 'flow', 'duty', 'flow', 'month']

/** The scene at an instant: the flow while things happen, the others in turn by the clock while all is quiet. */
export function sceneAt(now: number, quiet: boolean, pinned: Scene | undefined): Scene {
  if (pinned) return pinned
  if (!quiet) return 'flow'
  return ROUND[Math.floor(now / SCENE_MS) % ROUND.length] ?? 'flow'
}

/** Remembers how busy the last minutes were; bounded by what counts as quiet. */
export class Pulse {
  private times: number[] = []

  /** Before `start` nothing is known, so nothing is called quiet until long enough after it. */
  constructor(private readonly start: number) {}

  add(at: number): void {
    this.times.push(at)
    if (this.times.length > QUIET_ENTRIES) this.times.shift()
  }

  /** Whether all was quiet before `now`. */
  quiet(now: number): boolean {
    return now - this.start >= QUIET_MS && this.times.filter((at) => now - at < QUIET_MS).length < QUIET_ENTRIES
  }
}
