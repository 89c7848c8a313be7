import type { LonLat, Stage } from '@core/model'

/** A case on the map. */
export interface Mark {
  id: string
  place: LonLat
  stage?: Stage | null | undefined
  late?: boolean | undefined
  /** What a pointer over it says. */
  title?: string | undefined
}

/** Where the map looks: a cell, a mark, a box (west, south, east, north) or a point. */
export type Focus =
  | { cell: string }
  | { mark: string }
  | { box: [number, number, number, number] }
  | { point: LonLat; zoom?: number }
