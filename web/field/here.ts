import { shallowReadonly, shallowRef, type ShallowRef } from 'vue'
import type { LonLat } from '@core/model'

/** Where the phone says that it is. */
export interface Fix {
  place: LonLat
  accuracyM: number
  at: number
}

/** `idle`: not asked yet; `asking`; `found`; `refused` by its owner; `absent`: no such thing here; `lost`: no fix in time. */
export type HereState = 'idle' | 'asking' | 'found' | 'refused' | 'absent' | 'lost'

const fix: ShallowRef<Fix | undefined> = shallowRef()
const state: ShallowRef<HereState> = shallowRef(typeof navigator !== 'undefined' && 'geolocation' in navigator ? 'idle' : 'absent')
let watching: number | undefined

/** Asks for the position and follows it while the page is open; once refused it is not asked again. */
function ask(): void {
  if (state.value === 'absent' || watching !== undefined) return
  if (!fix.value) state.value = 'asking'
  watching = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      fix.value = { place: [coords.longitude, coords.latitude], accuracyM: Math.round(coords.accuracy), at: timestamp }
      state.value = 'found'
    },
    (error) => {
      if (error.code === error.PERMISSION_DENIED) {
        state.value = 'refused'
        rest()
      } else if (!fix.value) state.value = 'lost'
    },
    { enableHighAccuracy: true, maximumAge: 15_000, timeout: 20_000 },
  )
}

/** Stops following, as while the page is hidden. */
function rest(): void {
  if (watching === undefined) return
  navigator.geolocation.clearWatch(watching)
  watching = undefined
}

/** Follows at once where it was allowed before; where it was not, waits to be asked for a reason. */
async function askIfAllowed(): Promise<void> {
  if (state.value === 'absent') return
  try {
    const permission = await navigator.permissions.query({ name: 'geolocation' })
    if (permission.state === 'granted') ask()
    if (permission.state === 'denied') state.value = 'refused'
  } catch {
    // A browser that does not tell is asked when the position is needed.
  }
}

/** Where I stand. */
export function useHere(): {
  fix: Readonly<ShallowRef<Fix | undefined>>
  state: Readonly<ShallowRef<HereState>>
  ask: () => void
  rest: () => void
  askIfAllowed: () => Promise<void>
} {
  return { fix: shallowReadonly(fix), state: shallowReadonly(state), ask, rest, askIfAllowed }
}
