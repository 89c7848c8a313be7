import { isPlace } from '../geo'
import type { LonLat, Problem } from '../model'
import type { Trouble } from '../trouble'

/** Where on the map an edit was refused; undefined where that is nowhere in particular. */
export function placeOf(trouble: Trouble): LonLat | undefined {
  const { place } = trouble.problem
  return isPlace(place) ? place : undefined
}

/** What of a file could not be read, feature by feature. */
export function unreadableOf(trouble: Trouble): NonNullable<Problem['faults']> {
  return trouble.problem.faults ?? []
}
