import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { filterOf, one, queryOf, type Filter } from './filter'
import { steady } from './steady'

/** What the address says, and how to change it: the record that is open, and the filter. */
export interface Address {
  record: ComputedRef<string | undefined>
  filter: ComputedRef<Filter>
  param: (name: string) => string | undefined
  /** Sets parameters; undefined takes one away. `push` makes the back key return. */
  set: (changes: Record<string, string | undefined>, push?: boolean) => void
  setFilter: (filter: Filter) => void
  open: (id: string | undefined, push?: boolean) => void
}

const FILTER_NAMES = ['kind', 'cell', 'state', 'stage', 'assignee', 'reporter', 'late', 'open', 'text', 'due_from', 'due_to']

export function useAddress(): Address {
  const route = useRoute()
  const router = useRouter()
  const set: Address['set'] = (changes, push = false) => {
    const query = { ...route.query }
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') delete query[name]
      else query[name] = value
    }
    void (push ? router.push({ query }) : router.replace({ query }))
  }
  return {
    record: computed(() => one(route.query, 'record')),
    filter: steady(() => filterOf(route.query)),
    param: (name) => one(route.query, name),
    set,
    setFilter: (filter) => set({ ...Object.fromEntries(FILTER_NAMES.map((name) => [name, undefined])), ...queryOf(filter) }),
    open: (id, push = false) => set({ record: id }, push),
  }
}
