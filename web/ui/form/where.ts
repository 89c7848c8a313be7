import { ref, type Ref } from 'vue'
import type { LonLat } from '@core/model'

/** Why there is no place from the device: it has no GPS, its owner said no, it found none, it took too long. */
export type WhereTrouble = 'no_gps' | 'denied' | 'unavailable' | 'timeout'

/** Where this device is. */
export interface Where {
  state: Ref<'idle' | 'asking'>
  trouble: Ref<WhereTrouble | null>
  /** Asks once; what comes first is made better for some seconds while it is poor. Undefined where there is none. */
  ask: () => Promise<{ place: LonLat; accuracy: number } | undefined>
  /** Stops asking. */
  end: () => void
}

const GOOD_M = 25
const PATIENCE_MS = 6_000
const LONGEST_MS = 20_000

/** Asks the device where it is, and says plainly why it does not know. */
export function useWhere(): Where {
  const state = ref<'idle' | 'asking'>('idle')
  const trouble = ref<WhereTrouble | null>(null)
  let end = (): void => {}

  function ask(): Promise<{ place: LonLat; accuracy: number } | undefined> {
    end()
    trouble.value = null
    const gps = (navigator as Partial<Navigator>).geolocation
    if (!gps || !window.isSecureContext) {
      trouble.value = 'no_gps'
      return Promise.resolve(undefined)
    }
    state.value = 'asking'
    return new Promise((resolve) => {
      let best: { place: LonLat; accuracy: number } | undefined
      let timer = 0
      const finish = (why: WhereTrouble | null): void => {
        window.clearTimeout(timer)
        gps.clearWatch(watching)
        state.value = 'idle'
        if (!best) trouble.value = why
        end = () => {}
        resolve(best)
      }
      const watching = gps.watchPosition(
        ({ coords }) => {
          const first = best === undefined
          if (!best || coords.accuracy < best.accuracy) best = { place: [coords.longitude, coords.latitude], accuracy: coords.accuracy }
          if (coords.accuracy <= GOOD_M) finish(null)
          else if (first) {
            window.clearTimeout(timer)
            timer = window.setTimeout(() => finish(null), PATIENCE_MS)
          }
        },
        (error) => finish(error.code === error.PERMISSION_DENIED ? 'denied' : error.code === error.TIMEOUT ? 'timeout' : 'unavailable'),
        { enableHighAccuracy: true, timeout: LONGEST_MS, maximumAge: 10_000 },
      )
      timer = window.setTimeout(() => finish('timeout'), LONGEST_MS)
      end = () => finish(null)
    })
  }
  return { state, trouble, ask, end: () => end() }
}
