import { onBeforeUnmount, shallowRef, watch, type ShallowRef } from 'vue'
import { useTown } from '@ui/town'
import { askOf, type Filter } from './filter'

const AGAIN_MS = 1500

/** How many records answer each of some unions of questions, kept true while entries arrive; undefined where not known. */
export function useCounts(unions: () => readonly (readonly Filter[])[]): ShallowRef<(number | undefined)[]> {
  const town = useTown()
  const counts = shallowRef<(number | undefined)[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(): Promise<void> {
    timer = undefined
    const wanted = unions()
    try {
      const flat = wanted.flat()
      const found = flat.length > 0 ? await town.api.counts(flat.map(askOf)) : []
      let at = 0
      counts.value = wanted.map((union) => {
        const part = found.slice(at, at + union.length)
        at += union.length
        return part.reduce((sum, n) => sum + n, 0)
      })
    } catch {
      counts.value = wanted.map(() => undefined)
    }
  }

  const off = town.live.on('entry', () => (timer ??= setTimeout(() => void ask(), AGAIN_MS)))
  onBeforeUnmount(() => {
    off()
    clearTimeout(timer)
  })
  watch(() => JSON.stringify(unions()), () => void ask(), { immediate: true })
  return counts
}
