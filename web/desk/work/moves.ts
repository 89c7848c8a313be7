import type { Kind, Offer } from '@core/model'

/** The actions offered now that take a record into a state. */
export function waysTo(kind: Kind, state: string, offers: readonly Offer[]): Offer[] {
  return offers.filter((offer) => kind.actions[offer.action]?.to === state)
}

/** The actions that a kind declares from one state to another, with the posts that may do them: who else could. */
export function declared(kind: Kind, from: string, to: string): { action: string; by: string[] }[] {
  return Object.entries(kind.actions)
    .filter(([, { to: leads, from: begins }]) => leads === to && begins !== undefined && [begins].flat().some((state) => state === from || (state === 'open' && !kind.states[from]?.final)))
    .map(([action, { by }]) => ({ action, by: by.filter((post) => post !== 'system') }))
}

/** The posts that see to cases of a kind: those that its routes name, or that may claim one. Undefined where it names none: then any may be given one. */
export function takers(kind: Kind | undefined): Set<string> | undefined {
  const claim = Object.values(kind?.actions ?? {}).flatMap(({ assign, by }) => (assign === 'actor' ? by : []))
  const posts = [...claim, ...(kind?.routes ?? []).map(({ then }) => then.post)]
  return posts.length > 0 ? new Set(posts) : undefined
}
