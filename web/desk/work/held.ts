/** Something decided by one key and not yet sent: for a moment it can be taken back; `undo` says whether it still was. */
export interface Waiting { undo: () => boolean; now: () => Promise<void> }

const waiting = new Set<Waiting>()

/**
 * Does something after a pause in which it can be undone. It is done at once when the page goes away or when asked to, and never
 * twice.
 */
export function hold(run: () => Promise<void>, ms = 5000): Waiting {
  let over = false
  const end = (): boolean => {
    if (over) return false
    over = true
    clearTimeout(timer)
    waiting.delete(held)
    return true
  }
  const held: Waiting = {
    undo: end,
    now: async () => {
      if (end()) await run()
    },
  }
  const timer = setTimeout(() => void held.now(), ms)
  waiting.add(held)
  return held
}

/** Does everything that still waits: before the page goes away, or before another command on the same record. */
export async function doAllHeld(): Promise<void> {
  await Promise.all([...waiting].map((held) => held.now()))
}
