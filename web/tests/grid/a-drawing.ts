// A made-up drawing for tests: squares in rows, every border bent by some places, so that nothing is straight by chance.
import type { Arc, DrawingData, DrawnCell } from '@core/grid/drafts'
import type { LonLat } from '@core/model'

export const WEST = 119.9
export const SOUTH = 31.4
/** The side of a square in degrees. */
export const SIDE = 0.01

/** `columns` x `rows` cells `c0-0`, `c1-0` …, each border with so many places between its ends. */
export function aDrawing(columns: number, rows: number, between = 3): DrawingData {
  const arcs: Arc[] = []
  const name = (x: number, y: number): string | null => (x < 0 || y < 0 || x >= columns || y >= rows ? null : `c${x}-${y}`)
  const corner = (x: number, y: number): LonLat => [round(WEST + x * SIDE), round(SOUTH + y * SIDE)]
  const border = (a: LonLat, b: LonLat, left: string | null, right: string | null): void => {
    const inner = Array.from({ length: between }, (_, i): LonLat => {
      const share = (i + 1) / (between + 1)
      const off = left && right ? Math.sin(i * 2 + arcs.length) * SIDE * 0.04 : 0
      return [round(a[0] + (b[0] - a[0]) * share + (a[0] === b[0] ? off : 0)), round(a[1] + (b[1] - a[1]) * share + (a[1] === b[1] ? off : 0))]
    })
    arcs.push({ id: `arc ${arcs.length}`, left, right, line: [a, ...inner, b] })
  }
  for (let y = 0; y <= rows; y += 1) for (let x = 0; x < columns; x += 1) border(corner(x, y), corner(x + 1, y), name(x, y), name(x, y - 1))
  for (let x = 0; x <= columns; x += 1) for (let y = 0; y < rows; y += 1) border(corner(x, y), corner(x, y + 1), name(x - 1, y), name(x, y))
  const cells: DrawnCell[] = [{ id: 'town', title: { zh: '镇', en: 'Town' }, level: 'town', parent: null, households: null, leaf: false, area_m2: 0, at: corner(0, 0) }]
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) cells.push({ id: `c${x}-${y}`, title: { zh: `第${x}列${y}`, en: `Cell ${x} ${y}` }, level: 'cell', parent: 'town', leaf: true, area_m2: 0, households: 0, at: corner(x + 0.5, y + 0.5) })
  }
  return { version: 1, bounds: [WEST, SOUTH, WEST + columns * SIDE, SOUTH + rows * SIDE], cells, arcs, shapes: [] }
}

function round(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7
}
