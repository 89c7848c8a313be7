import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { CaseRecord } from '@core/model'

/** Records ticked in a list, to act on them once. */
export interface Ticks {
  ids: ShallowRef<Set<string>>
  count: ComputedRef<number>
  records: ComputedRef<CaseRecord[]>
  has: (id: string) => boolean
  toggle: (id: string) => void
  /** Ticks one, or all from the last one ticked to this one. */
  tick: (id: string, range: boolean) => void
  set: (ids: Iterable<string>) => void
  clear: () => void
}

export function useTicks(list: { rows: { value: readonly CaseRecord[] } }): Ticks {
  const ids = shallowRef<Set<string>>(new Set())
  let last: string | undefined
  const toggle = (id: string): void => {
    const next = new Set(ids.value)
    if (!next.delete(id)) next.add(id)
    ids.value = next
    last = id
  }
  return {
    ids,
    count: computed(() => ids.value.size),
    records: computed(() => list.rows.value.filter((record) => ids.value.has(record.id))),
    has: (id) => ids.value.has(id),
    toggle,
    tick(id, range) {
      const from = list.rows.value.findIndex((record) => record.id === last)
      const to = list.rows.value.findIndex((record) => record.id === id)
      if (!range || from < 0 || to < 0) return toggle(id)
      const next = new Set(ids.value)
      for (const record of list.rows.value.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(record.id)
      ids.value = next
    },
    set(all) {
      ids.value = new Set(all)
    },
    clear() {
      if (ids.value.size > 0) ids.value = new Set()
      last = undefined
    },
  }
}
