import type { Cell, LonLat } from '@core/model'
import { offCellM } from './outline'

/** From here on a fix is too coarse to send somebody there. */
export const COARSE_M = 100
/** From here on a fix is so far from one's own cell that it is asked whether it is true. */
export const FAR_M = 1000

/** Why a place is to be looked at before it is sent. */
export type Doubt = { why: 'missing' } | { why: 'coarse'; metres: number } | { why: 'far'; metres: number } | { why: 'outside' }

/** What is doubtful about a place: none, too coarse, far from all cells that are mine, or outside of the town. */
export function doubt(
  place: LonLat | undefined,
  accuracyM: number | null | undefined,
  mine: readonly Pick<Cell, 'label' | 'area_m2'>[],
  outside: boolean,
): Doubt | undefined {
  if (!place) return { why: 'missing' }
  if (outside) return { why: 'outside' }
  const off = mine.length > 0 ? Math.min(...mine.map((cell) => offCellM(cell, place))) : 0
  if (off > FAR_M) return { why: 'far', metres: off }
  if ((accuracyM ?? 0) > COARSE_M) return { why: 'coarse', metres: accuracyM ?? 0 }
  return undefined
}
