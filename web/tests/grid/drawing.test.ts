import { describe, expect, it } from 'vitest'
import { Drawing } from '@core/grid/drawing'
import { ringAreaM2 } from '@core/grid/area'
import { ringsOf } from '@core/grid/chain'
import type { LonLat } from '@core/model'
import { SIDE, SOUTH, WEST, aDrawing } from './a-drawing'

const draw = (columns = 4, rows = 3): Drawing => { const data = aDrawing(columns, rows); return new Drawing(data, data.version) }
const area = (rings: readonly { places: LonLat[] }[]): number => rings.reduce((sum, ring) => sum + ringAreaM2(ring.places), 0)
const whole = (drawing: Drawing): number => drawing.leaves().reduce((sum, cell) => sum + drawing.areaM2(cell.id), 0)

describe('areas on the ellipsoid', () => {
  it('are those that the server measures', () => {
    // A square degree at the equator as GeographicLib gives it.
    expect(ringAreaM2([[0, 0], [1, 0], [1, 1], [0, 1]]) / 12_308_778_361).toBeCloseTo(1, 4)
    const square = ringAreaM2([[120, 31], [120.01, 31], [120.01, 31.01], [120, 31.01]])
    expect(square).toBeGreaterThan(1_058_000)
    expect(square).toBeLessThan(1_060_000)
  })
})

describe('a drawing as topology', () => {
  it('gives every cell one ring to its left, and areas that add up', () => {
    const drawing = draw()
    for (const cell of drawing.leaves()) {
      const rings = drawing.rings(cell.id)
      expect(rings).toHaveLength(1)
      expect(area(rings)).toBeCloseTo(drawing.areaM2(cell.id), 3)
    }
    const outline = ringAreaM2([[WEST, SOUTH], [WEST + 4 * SIDE, SOUTH], [WEST + 4 * SIDE, SOUTH + 3 * SIDE], [WEST, SOUTH + 3 * SIDE]])
    expect(whole(drawing)).toBeCloseTo(outline, 0)
  })

  it('finds the one cell that has a place', () => {
    const drawing = draw()
    for (let i = 0; i < 200; i += 1) {
      const place: LonLat = [WEST + ((i * 37) % 100) * SIDE * 0.039, SOUTH + ((i * 53) % 100) * SIDE * 0.029]
      const having = drawing.leaves().filter((cell) => drawing.has(cell.id, place))
      expect(having.map((cell) => cell.id)).toEqual([drawing.cellAt(place)])
    }
    expect(drawing.cellAt([WEST - SIDE, SOUTH])).toBeUndefined()
  })

  it('knows neighbours, the nearest vertex and the nearest edge', () => {
    const drawing = draw()
    expect([...drawing.neighbours('c1-1')].sort()).toEqual(['c0-1', 'c1-0', 'c1-2', 'c2-1'])
    const corner: LonLat = [WEST + SIDE, SOUTH + SIDE]
    const near = drawing.vertexNear([corner[0] + 1e-5, corner[1] - 1e-5], 1e-4)
    expect(near?.at).toEqual(corner.map((degrees) => Math.round(degrees * 1e7) / 1e7))
    expect(near?.arcs).toHaveLength(4)
    expect(drawing.vertexNear([corner[0] + SIDE / 2, corner[1] + SIDE / 2], 1e-4)).toBeUndefined()
    const edge = drawing.edgeNear([WEST + SIDE * 0.3, SOUTH + 1e-6], 1e-4)
    expect(edge?.at[1]).toBeCloseTo(SOUTH, 9)
    expect(edge?.arc.right).toBeNull()
  })

  it('takes a change over, and is then what it would be if it were read anew', () => {
    const data = aDrawing(3, 3)
    const drawing = new Drawing(data, 1)
    const gone = data.arcs.filter((arc) => [arc.left, arc.right].includes('c1-1'))
    const arcs = gone
      .filter((arc) => ![arc.left, arc.right].includes('c2-1'))
      .map((arc) => ({ ...arc, left: arc.left === 'c1-1' ? 'c2-1' : arc.left, right: arc.right === 'c1-1' ? 'c2-1' : arc.right }))
    const touched = drawing.apply({ draft: { version: 2 } as never, gone: { arcs: gone.map((arc) => arc.id), cells: ['c1-1'] }, arcs, cells: [] })
    expect(drawing.version).toBe(2)
    expect(touched.cells).toEqual(new Set(['c1-1', 'c0-1', 'c2-1', 'c1-0', 'c1-2']))
    const kept = data.arcs.filter((arc) => !gone.includes(arc))
    const fresh = new Drawing({ ...data, cells: data.cells.filter((cell) => cell.id !== 'c1-1'), arcs: [...kept, ...arcs] }, 2)
    expect(drawing.cellAt([WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE])).toBe('c2-1')
    for (const cell of fresh.leaves()) expect(drawing.areaM2(cell.id)).toBeCloseTo(fresh.areaM2(cell.id), 6)
    expect(whole(drawing)).toBeCloseTo(whole(fresh), 6)
  })
})

describe('chaining borders', () => {
  it('closes an island and a hole, and parts rings that touch in a place', () => {
    const square = (x: number, y: number): LonLat[] => [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
    const rings = ringsOf([
      { line: square(0, 0).slice(0, 3), beyond: 'a' },
      { line: square(0, 0).slice(2), beyond: null },
      { line: [...square(1, 1)], beyond: 'b' },
      { line: [[0.2, 0.2], [0.2, 0.4], [0.4, 0.2], [0.2, 0.2]], beyond: 'c' },
    ])
    expect(rings.map((ring) => ring.places.length).sort()).toEqual([3, 4, 4])
    expect(rings.flatMap((ring) => ring.beyond).filter((other) => other === 'a')).toHaveLength(2)
  })
})
