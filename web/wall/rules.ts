import type { Book } from '@core/kind'
import type { Rules } from './case'

/** The kinds whose cases go through the stages, and what the wall must know of each. */
export function rulesOf(book: Book): Map<string, Rules> {
  const rules = new Map<string, Rules>()
  for (const [id, kind] of book.kinds()) {
    if (!Object.values(kind.states).some((state) => state.stage)) continue
    const counted = (kind.views?.count ?? []).filter((field) => {
      const type = kind.fields[field]?.type
      return (type === 'choice' || type === 'choices') && !kind.fields[field]?.personal
    })
    rules.set(id, {
      counted,
      chain: (kind.late?.then.length ?? 0) + 1,
      stage: (state) => kind.states[state]?.stage,
      final: (state) => kind.states[state]?.final === true,
    })
  }
  return rules
}
