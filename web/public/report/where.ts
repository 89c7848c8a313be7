import { ref, type Ref } from 'vue'
import type { Located, LonLat, Problem } from '@core/model'
import { rounded } from '@core/geo'
import { asTrouble } from '@core/trouble'
import type { Town } from '@ui/town'

/** How the phone's own position came out. */
export type Finding = 'idle' | 'asking' | 'found' | 'rough' | 'denied' | 'none'

/** Metres beyond which a position is shown as doubtful. */
export const ROUGH_M = 100

/** Asks the phone where it is, once. */
export function useFinding(): { finding: Ref<Finding>; find: () => Promise<{ place: LonLat; accuracy: number } | null> } {
  const finding = ref<Finding>('idle')
  function find(): Promise<{ place: LonLat; accuracy: number } | null> {
    if (!('geolocation' in navigator) || !window.isSecureContext) {
      finding.value = 'none'
      return Promise.resolve(null)
    }
    finding.value = 'asking'
    return new Promise((resolve) => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          finding.value = coords.accuracy > ROUGH_M ? 'rough' : 'found'
          resolve({ place: rounded([coords.longitude, coords.latitude]), accuracy: coords.accuracy })
        },
        (error) => {
          finding.value = error.code === error.PERMISSION_DENIED ? 'denied' : 'none'
          resolve(null)
        },
        { enableHighAccuracy: true, timeout: 12_000, maximumAge: 30_000 },
      )
    })
  }
  return { finding, find }
}

/** The cell of a place, or why there is none and which is the nearest. */
export async function cellAt(town: Town, place: LonLat): Promise<{ located?: Located; why?: string; nearest?: Problem['nearest'] }> {
  try {
    return { located: await town.api.locate(place[0], place[1]) }
  } catch (error) {
    const trouble = asTrouble(error)
    // Without a network the place is taken as it is; the town says so when it arrives.
    return trouble.passing ? {} : { why: trouble.words(town.lang.value, town.t), nearest: trouble.problem.nearest }
  }
}
