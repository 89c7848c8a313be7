import { onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CaseRecord } from '@core/model'
import { asTrouble, type Trouble } from '@core/trouble'
import { useTown } from '@ui/town'
import type { Filter, Order } from './filter'
import { CaseList } from './list'

/** A list of records as a view shows it. */
export interface Listing {
  rows: ShallowRef<CaseRecord[]>
  state: Ref<'loading' | 'content' | 'none' | 'trouble'>
  trouble: ShallowRef<Trouble | null>
  /** Whether everything has been read. */
  complete: Ref<boolean>
  /** The ids that came in while the list was looked at. */
  fresh: ShallowRef<Set<string>>
  more: () => Promise<void>
  /** Reads on until so many are there, or all. */
  fill: (most: number) => Promise<void>
  reload: () => Promise<void>
  get: (id: string) => CaseRecord | undefined
  drop: (id: string) => void
  /** Asks anew about a record that was dropped too early. */
  restore: (id: string, seq: number) => void
}

const SETTLE_MS = 400
const FRESH_MS = 4000

/** Keeps a list read and up to date: the server says what answers the questions, the stream says when to ask it again. */
export function useList(filters: () => readonly Filter[], order: () => Order, page = 100): Listing {
  const town = useTown()
  const rows = shallowRef<CaseRecord[]>([])
  const state = ref<Listing['state']['value']>('loading')
  const trouble = shallowRef<Trouble | null>(null)
  const complete = ref(false)
  const fresh = shallowRef<Set<string>>(new Set())
  let list = make()
  let reading: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function make(): CaseList {
    return new CaseList(filters(), order(), (ask) => town.api.records(ask), page)
  }

  function show(): void {
    rows.value = list.records()
    complete.value = list.complete
    trouble.value = null
    state.value = rows.value.length > 0 ? 'content' : list.complete ? 'none' : 'loading'
  }

  async function read(of: CaseList): Promise<void> {
    try {
      await of.more()
      if (of === list) show()
    } catch (error) {
      if (of !== list) return
      trouble.value = asTrouble(error)
      if (rows.value.length === 0) state.value = 'trouble'
    }
  }

  async function more(): Promise<void> {
    if (list.complete) return
    reading ??= read(list).finally(() => (reading = undefined))
    await reading
  }

  async function fill(most: number): Promise<void> {
    const of = list
    while (of === list && !of.complete && rows.value.length < most && !trouble.value) await more()
  }

  async function reload(): Promise<void> {
    list = make()
    reading = undefined
    trouble.value = null
    fresh.value = new Set()
    state.value = 'loading'
    await more()
  }

  async function settle(): Promise<void> {
    timer = undefined
    const of = list
    try {
      const arrived = await of.settle()
      if (of !== list) return
      show()
      if (arrived.length > 0) {
        fresh.value = new Set([...fresh.value, ...arrived])
        setTimeout(() => (fresh.value = new Set([...fresh.value].filter((id) => !arrived.includes(id)))), FRESH_MS)
      }
    } catch {
      // The band over the page says that the line is cut; the next entry, or the line's return, asks again.
    }
  }

  const off = town.live.on('entry', (told) => {
    list.touch(told.record.id, told.seq)
    timer ??= setTimeout(() => void settle(), SETTLE_MS)
  })
  const offState = town.live.on('state', (live) => {
    if (live.phase === 'stale') void reload()
    else if (live.phase === 'live' && list.unsettled) timer ??= setTimeout(() => void settle(), SETTLE_MS)
  })
  onBeforeUnmount(() => {
    off()
    offState()
    clearTimeout(timer)
  })

  watch(() => JSON.stringify([filters(), order()]), () => void reload(), { immediate: true })

  return {
    rows,
    state,
    trouble,
    complete,
    fresh,
    more,
    fill,
    reload,
    get: (id) => list.get(id),
    drop: (id) => {
      list.drop(id)
      show()
    },
    restore: (id, seq) => {
      list.touch(id, seq)
      void settle()
    },
  }
}
