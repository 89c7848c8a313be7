import type { Command } from '@core/api'

/** Something decided by one key and not yet sent: for a moment it can be taken back; `undo` says whether it still was. */
export interface Waiting { undo: () => boolean; now: () => Promise<void> }

const waiting = new Set<Waiting>()
const KEPT = 'gewang.desk.held.'

/**
 * Sends commands after a pause in which they can be taken back. They are sent at once when the page goes away or when asked to, and
 * never twice. Until they are answered they are kept in this browser: what a page that died could not send, the next one sends.
 */
export function hold(person: string, commands: readonly Command[], run: () => Promise<void>, ms = 5000): Waiting {
  const name = KEPT + (commands[0]?.id ?? '')
  store(name, JSON.stringify({ person, commands, at: Date.now() }))
  let over = false
  const end = (): boolean => {
    if (over) return false
    over = true
    clearTimeout(timer)
    waiting.delete(held)
    return true
  }
  const held: Waiting = {
    undo: () => {
      const inTime = end()
      if (inTime) store(name, undefined)
      return inTime
    },
    now: async () => {
      if (!end()) return
      await run()
      store(name, undefined)
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

/** Older than this, what is kept belongs to no page that still holds it back. */
const LEFT_MS = 20_000

/** What somebody decided on a page that went away before it was answered; sending it again does nothing twice. */
export function leftOver(person: string, now = Date.now()): { commands: Command[]; forget: () => void }[] {
  const found: { commands: Command[]; forget: () => void }[] = []
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(KEPT)) continue
    try {
      const kept = JSON.parse(localStorage.getItem(name) ?? '') as { person: string; commands: Command[]; at: number }
      if (kept.person === person && now - kept.at > LEFT_MS) found.push({ commands: kept.commands, forget: () => store(name, undefined) })
    } catch {
      store(name, undefined)
    }
  }
  return found
}

function store(name: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(name)
    else localStorage.setItem(name, text)
  } catch {
    // A browser that keeps nothing still sends it when the page goes away.
  }
}
