import type { Me, Packs, Territory } from '@core/model'
import { both, type Filter } from '../work/filter'
import { caseKinds, unitOf, waitingFor } from '../work/waiting'

export const TABS = ['mine', 'unit', 'late', 'all'] as const
export type Tab = (typeof TABS)[number]

/** The questions behind each tab; a tab without a question is not shown. */
export function tabFilters(me: Me, packs: Packs, territory: Territory): Record<Tab, Filter[]> {
  const kind = caseKinds(packs)
  return {
    mine: waitingFor(me.posts, packs, territory),
    unit: unitOf(me.posts, packs, territory),
    late: [{ kind, late: true, open: true }],
    all: [{ kind, open: true }],
  }
}

/** The tab that an address says, else the first that has a question. */
export function tabOf(said: string | undefined, filters: Record<Tab, Filter[]>): Tab {
  const shown = TABS.filter((tab) => filters[tab].length > 0)
  return shown.find((tab) => tab === said) ?? shown[0] ?? 'all'
}

/** The questions of a tab within what the reader narrowed them to. */
export function narrowed(union: readonly Filter[], by: Filter): Filter[] {
  return union.map((filter) => both(filter, by)).filter((filter): filter is Filter => filter !== undefined)
}
