import type { Asked, Candidate, CaseRecord, Command, JsonObject, Offer, Offers, Outcome } from '@core/api'
import { command } from '@core/command'

/** An action and the selected records on which it may be done. */
export interface Shared { offer: Offer; on: string[] }

/** What may be done to selected records: every action offered on any of them, those offered on most first. */
export function shared(offers: ReadonlyMap<string, Offers>): Shared[] {
  const byAction = new Map<string, Shared>()
  for (const [id, { actions }] of offers) {
    for (const offer of actions) {
      const key = `${offer.kind} ${offer.action}`
      const known = byAction.get(key)
      if (known) known.on.push(id)
      else byAction.set(key, { offer, on: [id] })
    }
  }
  return [...byAction.values()].sort((a, b) => b.on.length - a.on.length)
}

/** An offer with a form in which nothing stands yet, no default either: what is left empty is to change nothing. */
export function blank(offer: Offer): Offer {
  const form = offer.form.map((asked): Asked => {
    const { value: _, field, ...rest } = asked
    const { default: __, ...plain } = field
    return { ...rest, field: plain }
  })
  return { ...offer, form, assignees: offer.assignees ?? [] }
}

/** Whom all of these offers may name. */
export function sharedAssignees(offers: readonly Offer[]): Candidate[] {
  const key = (one: Candidate): string => `${one.unit ?? ''} ${one.cell ?? ''} ${one.post}`
  const [first, ...others] = offers
  const rest = others.map((offer) => new Set((offer.assignees ?? []).map(key)))
  return (first?.assignees ?? []).filter((one) => rest.every((set) => set.has(key(one))))
}

/** The same said of each of these records, each with the version that was seen. */
export function commandsFor(offer: Offer, data: JsonObject, records: readonly CaseRecord[]): Command[] {
  return records.map((record) => command({ kind: record.kind, record: record.id, action: offer.action, version: record.version, data }))
}

/** What became of one of many. */
export interface Told { record: CaseRecord; outcome: Outcome | undefined }

/** Puts outcomes beside their records. */
export function told(records: readonly CaseRecord[], outcomes: readonly Outcome[]): Told[] {
  return records.map((record, place) => ({ record, outcome: outcomes[place] }))
}

/** How many came to which end. */
export function ends(all: readonly Told[]): { done: number; refused: number } {
  const refused = all.filter(({ outcome }) => !outcome || outcome.outcome === 'refused').length
  return { done: all.length - refused, refused }
}
