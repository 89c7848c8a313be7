import type { Grid, Tile } from './params'

/** How the picture lies on this screen: its whole size, the part that is seen here, and how large its type is. */
export interface Frame {
  width: number
  height: number
  /** The upper left corner of what is seen, in the picture. */
  x: number
  y: number
  /** The size of what is seen. */
  seenWidth: number
  seenHeight: number
  /** Pixels of one rem: all of the picture is measured in it, so that it grows with the wall. */
  rem: number
  /** `wide`: four columns beside the map; `narrow`: two, each with two stages. */
  shape: 'wide' | 'narrow'
}

/** A picture is 67.5 rem high: 16 px at 1080 lines. */
const REMS_HIGH = 67.5
/** Less wide than this the picture does not get; then the type shrinks. */
const REMS_WIDE = 118
/** From this ratio of width to height on there is room for four columns. */
const WIDE_FROM = 2.9

/** Lays one picture over `grid` screens, each as large as this one, and cuts out `tile`. */
export function frameOf(screenWidth: number, screenHeight: number, grid: Grid, tile: Tile): Frame {
  const width = screenWidth * grid.columns
  const height = screenHeight * grid.rows
  return {
    width,
    height,
    x: screenWidth * tile.column,
    y: screenHeight * tile.row,
    seenWidth: screenWidth,
    seenHeight: screenHeight,
    rem: Math.min(height / REMS_HIGH, width / REMS_WIDE),
    shape: width / height >= WIDE_FROM ? 'wide' : 'narrow',
  }
}

/** A rectangle in the picture. */
export interface Box { x: number; y: number; width: number; height: number }

/** What two rectangles share; without area where they share nothing. */
export function shared(a: Box, b: Box): Box {
  const x = Math.max(a.x, b.x)
  const y = Math.max(a.y, b.y)
  return {
    x,
    y,
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y),
  }
}

/** The part of the picture that is seen on this screen. */
export function seen(frame: Frame): Box {
  return { x: frame.x, y: frame.y, width: frame.seenWidth, height: frame.seenHeight }
}
