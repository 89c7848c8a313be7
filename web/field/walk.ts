import { distanceM } from '@core/geo'
import type { LonLat } from '@core/model'
import { plainly } from '@core/plainly'

/** A place to walk to. */
export interface Stop {
  id: string
  place?: LonLat | null | undefined
  late: boolean
  due?: string | null | undefined
}

/**
 * The order in which to walk the stops: late ones first by their deadline, then always the nearest of those left, from
 * where one stands; those without a place come last, by their deadline. Without a start the deadlines alone decide.
 */
export function walk<S extends Stop>(stops: readonly S[], from: LonLat | undefined): S[] {
  const byDue = (a: S, b: S): number => plainly(a.due ?? '9', b.due ?? '9') || plainly(a.id, b.id)
  const late = stops.filter((stop) => stop.late).sort(byDue)
  const rest = stops.filter((stop) => !stop.late).sort(byDue)
  if (!from) return [...late, ...rest]

  const placed = rest.filter((stop) => stop.place)
  const placeless = rest.filter((stop) => !stop.place)
  const order: S[] = []
  let at = late.findLast((stop) => stop.place)?.place ?? from
  while (placed.length > 0) {
    let nearest = 0
    let least = Number.POSITIVE_INFINITY
    placed.forEach((stop, index) => {
      const far = distanceM(at, stop.place as LonLat)
      if (far < least) [least, nearest] = [far, index]
    })
    const [next] = placed.splice(nearest, 1)
    if (!next) break
    order.push(next)
    at = next.place as LonLat
  }
  return [...late, ...order, ...placeless]
}
