import type { Stage } from '@core/model'
import type { Beat } from './director'
import type { Step } from './flow'
import { slot, type Layout } from './layout'

/** A case on its way from one stage to the next: a path through the picture and when it is drawn (server's clock). */
export interface Flight {
  id: string
  stage: Stage
  from: [number, number]
  /** The bend: the case's mark on the map where the way leads over it. */
  over: [number, number]
  to: [number, number]
  start: number
  duration: number
}

/** So many cases fly in one beat; more would only be a flicker, the others arrive with their card. */
export const MOST_FLIGHTS = 4
/** A flight takes so long. */
export const FLIGHT_MS = 1500
const APART_MS = 140

/** Where a card was before the beat: its place in a lane, -1 where it was not in sight. */
export type Places = (id: string, stage: Stage) => number

/** Which steps of a beat are shown as flights: the newest of those that moved on, each case once. */
export function chooseFlights(fresh: readonly Step[], most = MOST_FLIGHTS): Step[] {
  const byCase = new Map<string, Step>()
  for (const step of fresh) {
    const earlier = byCase.get(step.id)
    byCase.delete(step.id)
    byCase.set(step.id, earlier && !step.opens ? { ...step, from: earlier.from, opens: earlier.opens } : step)
  }
  return [...byCase.values()].filter((step) => step.opens || step.from !== step.to || step.closes).slice(-most)
}

/** The flights of a beat. `mark` says where a case lies on the map. */
export function flights(beat: Beat, layout: Layout, before: Places, now: Places, mark: (id: string) => [number, number] | undefined): Flight[] {
  return chooseFlights(beat.fresh).flatMap((step, order) => {
    const index = now(step.id, step.to)
    const to = slot(layout.lanes[step.to], Math.max(index, 0))
    const here = mark(step.id)
    const start = beat.at + order * APART_MS
    if (step.opens || step.from === null) {
      if (!here) return []
      return [{ id: step.id, stage: step.to, from: here, over: arch(here, to), to, start, duration: FLIGHT_MS }]
    }
    if (step.from === step.to) return []
    const from = slot(layout.lanes[step.from], Math.max(before(step.id, step.from), 0))
    const crosses = (from[0] < layout.map.x) !== (to[0] < layout.map.x)
    const over: [number, number] = crosses && here ? here : arch(from, to)
    return [{ id: step.id, stage: step.to, from, over, to, start, duration: FLIGHT_MS }]
  })
}

/** How far a flight has come at `now`, eased, from 0 to 1; undefined before and after. */
export function progress(flight: Flight, now: number): number | undefined {
  const share = (now - flight.start) / flight.duration
  if (share < 0 || share > 1) return undefined
  return share < 0.5 ? 4 * share ** 3 : 1 - (-2 * share + 2) ** 3 / 2
}

/** The point of a path at a share of it. The path leads through `over` at half its way. */
export function along(flight: Flight, share: number): [number, number] {
  const rest = 1 - share
  const bend = (axis: 0 | 1): number => {
    const control = 2 * flight.over[axis] - (flight.from[axis] + flight.to[axis]) / 2
    return rest * rest * flight.from[axis] + 2 * rest * share * control + share * share * flight.to[axis]
  }
  return [bend(0), bend(1)]
}

function arch(from: readonly [number, number], to: readonly [number, number]): [number, number] {
  const dx = to[0] - from[0]
  const dy = to[1] - from[1]
  return [(from[0] + to[0]) / 2 + dy * 0.08, (from[1] + to[1]) / 2 - Math.abs(dx) * 0.12]
}
