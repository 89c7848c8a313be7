import type { Entry, Kind, Offer } from '@core/model'

/** An offered action with the key that does it: the first is Enter where the case waits for the reader, the others have letters. */
export interface Lettered { offer: Offer; key: string }

/** Letters that the desk itself needs, wherever it stands. */
const TAKEN = new Set(['j', 'k', 'g', 'a', 'x', 'c', 'v', 'l'])

/**
 * The actions in the order in which they are likely wanted, each with its key: requests that wait, what leads on, what ends the
 * case, what can be done in any state, what asks for somebody's leave, and a note. What leads nowhere and was done since the
 * record came into its state goes back: a case accepted an hour ago is not accepted again by Enter. `waits` says whether the
 * case waits for the reader; without that nothing is on Enter.
 */
export function lettered(offers: readonly Offer[], entries: readonly Entry[], kind: Kind | undefined, waits: boolean): Lettered[] {
  const done = doneSince(entries)
  const ranked = offers
    .map((offer, place) => ({ offer, place, rank: rank(offer, done, kind) }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
  const used = new Set<string>()
  return ranked.map(({ offer, rank: at }, place) => ({ offer, key: place === 0 && at <= 3 && (waits || at === 0) ? 'Enter' : letter(offer.action, used) }))
}

function rank(offer: Offer, done: ReadonlySet<string>, kind: Kind | undefined): number {
  if (offer.action.endsWith('.approve')) return 0
  if (offer.action.endsWith('.refuse')) return 1
  if (offer.action === 'note') return 7
  if (offer.approval) return 6
  if (!offer.to && done.has(offer.action)) return 5
  if (kind?.actions[offer.action]?.from === 'open') return 4
  return offer.to && kind?.states[offer.to]?.final ? 3 : 2
}

/** The actions done since the record came into its state. */
function doneSince(entries: readonly Entry[]): Set<string> {
  const done = new Set<string>()
  for (const entry of entries) {
    if (entry.state) done.clear()
    done.add(entry.action)
  }
  return done
}

/** The first letter of the action's own name that is free, else the first free one of the alphabet. */
function letter(action: string, used: Set<string>): string {
  for (const sign of [...action.replaceAll(/[^a-z]/g, ''), ...'abcdefghijklmnopqrstuvwxyz']) {
    if (TAKEN.has(sign) || used.has(sign)) continue
    used.add(sign)
    return sign
  }
  return ''
}
