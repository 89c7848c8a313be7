import { shallowRef, watch, type ShallowRef } from 'vue'
import type { JsonObject, Likely, LonLat } from '@core/model'
import { useTown } from '@ui/town'
import { useField } from './app'
import { likelyHere } from './likely'

const PAUSE_MS = 350

/** What is likely the same as the report being written: asked of the town, or of what this phone knows. */
export function useSame(ask: () => { kind: string; place: LonLat; data: JsonObject } | undefined): ShallowRef<Likely[]> {
  const { api, cases } = useField()
  const { book, clock } = useTown()
  const found: ShallowRef<Likely[]> = shallowRef([])
  let latest = 0
  let timer = 0

  async function look(): Promise<void> {
    const asked = ask()
    const turn = (latest += 1)
    if (!asked) {
      found.value = []
      return
    }
    let told: Likely[]
    try {
      told = await api.duplicates(asked)
    } catch {
      const records = cases.all.value.map((one) => one.record)
      told = likelyHere(records, asked.kind, book.value.kind(asked.kind), asked.place, asked.data, clock.now())
    }
    if (turn === latest) found.value = told
  }

  watch(
    () => JSON.stringify(ask() ?? null),
    () => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => void look(), PAUSE_MS)
    },
    { immediate: true },
  )
  return found
}
