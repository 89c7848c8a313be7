import { computed, onBeforeUnmount, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Advice, CaseRecord, Entry, Line, Offers } from '@core/api'
import { asTrouble, type Trouble } from '@core/trouble'
import { useTown } from '@ui/town'

/** A record as the pane shows it, with what may be done and what was done. */
export interface OpenCase {
  record: ShallowRef<CaseRecord | undefined>
  offers: ShallowRef<Offers | undefined>
  lines: ShallowRef<Line[]>
  entries: ComputedRef<Entry[]>
  advice: ShallowRef<Advice | undefined>
  trouble: ShallowRef<Trouble | null>
  /** What others did since it was opened or last acted upon, while a form holds still. */
  meanwhile: ShallowRef<Entry[]>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

const AGAIN_MS = 250
const SETTLED_MS = 60

/** Follows one record. What the list already knows of it is shown at once; the rest is read beside. */
export function useCase(id: () => string | undefined, known: (id: string) => CaseRecord | undefined, still: () => boolean): OpenCase {
  const town = useTown()
  const record = shallowRef<CaseRecord>()
  const offers = shallowRef<Offers>()
  const lines = shallowRef<Line[]>([])
  const advice = shallowRef<Advice>()
  const trouble = shallowRef<Trouble | null>(null)
  const meanwhile = shallowRef<Entry[]>([])
  const loading = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function reload(): Promise<void> {
    const asked = id()
    if (!asked) return
    loading.value = true
    const mine = (): boolean => id() === asked
    try {
      const [found, journal, may] = await Promise.all([town.api.record(asked), town.api.journal(asked, { limit: 500 }), town.api.offers(asked)])
      if (!mine()) return
      record.value = found
      lines.value = journal.entries
      offers.value = may
      trouble.value = null
      meanwhile.value = []
      void advise(found, mine)
    } catch (error) {
      if (mine()) trouble.value = asTrouble(error)
    } finally {
      if (mine()) loading.value = false
    }
  }

  /** Advice is for cases that nobody handles yet; a server without it is not in trouble for that. */
  async function advise(found: CaseRecord, mine: () => boolean): Promise<void> {
    if (found.closed || (found.stage !== 'report' && found.stage !== 'triage')) return void (advice.value = undefined)
    try {
      const told = await town.api.advice(found.id)
      if (mine()) advice.value = told
    } catch {
      if (mine()) advice.value = undefined
    }
  }

  const off = town.live.on('entry', (told) => {
    if (told.record.id !== id()) return
    if (still()) {
      const own = typeof told.entry.actor === 'object' && 'person' in told.entry.actor && told.entry.actor.person === town.me.value?.person
      if (!own) meanwhile.value = [...meanwhile.value, told.entry]
      return
    }
    timer ??= setTimeout(again, AGAIN_MS)
  })

  function again(): void {
    timer = undefined
    void reload()
  }

  onBeforeUnmount(() => {
    off()
    clearTimeout(timer)
  })

  watch(
    id,
    (now) => {
      record.value = now ? known(now) : undefined
      offers.value = undefined
      lines.value = []
      advice.value = undefined
      meanwhile.value = []
      trouble.value = null
      clearTimeout(timer)
      // Who walks through the list with j is not made to wait for cases passed by.
      timer = now ? setTimeout(again, SETTLED_MS) : undefined
    },
    { immediate: true },
  )

  return { record, offers, lines, entries: computed(() => lines.value.map((line) => line.entry)), advice, trouble, meanwhile, loading, reload }
}
