import { plainly } from '@core/plainly'
import type { Command, Json, JsonObject, Outcome, Problem } from '@core/model'

/** How a command in the outbox stands. */
export type ParcelState = 'waiting' | 'sending' | 'sent' | 'merged' | 'refused'

/** A command on its way from this phone to the town, kept until it is known what became of it. */
export interface Parcel {
  /** The command's id. */
  id: string
  /** The person who gave it: nobody else's session ever sends it. */
  owner: string
  /** When it was given, ms; the order of sending. */
  given: number
  /** With the names under which this phone keeps the files, in place of their hashes. */
  command: Command
  state: ParcelState
  tries: number
  /** Not before, ms. */
  next: number
  outcome?: Outcome
  problem?: Problem
  /** When it was answered, ms. */
  settled?: number
}

/** A new parcel. */
export function parcel(command: Command, owner: string, now: number): Parcel {
  return { id: command.id, owner, given: now, command, state: 'waiting', tries: 0, next: 0 }
}

/** Those that have not reached the town. */
export function unsent(parcels: readonly Parcel[], owner: string): Parcel[] {
  return parcels.filter((one) => one.owner === owner && (one.state === 'waiting' || one.state === 'sending')).sort(byOrder)
}

/**
 * The parcel to send now: the earliest whose time has come and before which nothing about the same record is unsettled.
 * So what was done to one record arrives in order, and one that is held up holds up no other record.
 */
export function nextToSend(parcels: readonly Parcel[], owner: string, now: number): Parcel | undefined {
  const held = new Set<string>()
  for (const one of [...parcels].filter((it) => it.owner === owner).sort(byOrder)) {
    const record = one.command.record
    if (one.state === 'waiting' && one.next <= now && !held.has(record)) return one
    // What a refused report would have opened does not exist: what follows on it waits until the report is mended.
    const unborn = one.state === 'refused' && one.command.version === undefined
    if (one.state === 'waiting' || one.state === 'sending' || unborn) held.add(record)
  }
  return undefined
}

function byOrder(a: Parcel, b: Parcel): number {
  return a.given - b.given || plainly(a.id, b.id)
}

/** The pause before the next try in ms: 2 s, doubling, at most 5 minutes; `asked` seconds where the server said so. */
export function pauseMs(tries: number, asked?: number | null): number {
  if (asked) return asked * 1000
  return Math.min(300_000, 2000 * 2 ** Math.max(0, tries - 1))
}

/** The parcel after the server's answer. */
export function settled(one: Parcel, outcome: Outcome, now: number): Parcel {
  const state = outcome.outcome === 'refused' ? 'refused' : outcome.outcome === 'merged' ? 'merged' : 'sent'
  const next: Parcel = { ...one, state, outcome, settled: now }
  if (outcome.problem) next.problem = outcome.problem
  return next
}

/** The parcel after a try that got no answer. */
export function postponed(one: Parcel, now: number, asked?: number | null): Parcel {
  const tries = one.tries + 1
  return { ...one, state: 'waiting', tries, next: now + pauseMs(tries, asked) }
}

/**
 * Later parcels on the same record after one was done: they were given in knowledge of it, so they name the version
 * that it left, and are not taken for a change that their author had not seen.
 */
export function informed(parcels: readonly Parcel[], done: Parcel): Parcel[] {
  const { version } = done.outcome ?? {}
  if (typeof version !== 'number') return []
  return parcels
    .filter((one) => one.state === 'waiting' && one.command.record === done.command.record && byOrder(one, done) > 0)
    .filter((one) => one.command.version !== undefined && one.command.version < version)
    .map((one) => ({ ...one, command: { ...one.command, version } }))
}

/** The names of kept files in a command, each once. */
export function filesIn(command: Command, known: (name: string) => boolean): string[] {
  const found = new Set<string>()
  const look = (value: Json): void => {
    if (typeof value === 'string') {
      if (known(value)) found.add(value)
    } else if (Array.isArray(value)) value.forEach(look)
    else if (value && typeof value === 'object') Object.values(value).forEach(look)
  }
  look(command.data ?? {})
  look(command.files ?? [])
  return [...found]
}

/** The command with the hashes of the stored files in place of the names under which this phone kept them. */
export function withHashes(command: Command, hashes: ReadonlyMap<string, string>): Command {
  const put = (value: Json): Json => {
    if (typeof value === 'string') return hashes.get(value) ?? value
    if (Array.isArray(value)) return value.map(put)
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, put(one)]))
    return value
  }
  const next: Command = { ...command }
  if (command.data) next.data = put(command.data) as JsonObject
  if (command.files) next.files = command.files.map((name) => hashes.get(name) ?? name)
  return next
}

/** What may be cleared away: what was settled well more than `keepMs` ago. What was refused stays until somebody looks. */
export function outworn(parcels: readonly Parcel[], now: number, keepMs = 3 * 86_400_000): Parcel[] {
  return parcels.filter((one) => (one.state === 'sent' || one.state === 'merged') && (one.settled ?? 0) < now - keepMs)
}
