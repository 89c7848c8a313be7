import { describe, expect, it } from 'vitest'
import { Drawing } from '@core/grid/drawing'
import { cutOf } from '@core/grid/cut'
import { Households } from '@core/grid/households'
import { bent, effects, firstCrossing, movedArc, movedVertex, redrawn } from '@core/grid/shift'
import { Guides, linesOfGeoJson, snapToBorder } from '@core/grid/snap'
import type { LonLat } from '@core/model'
import { SIDE, SOUTH, WEST, aDrawing } from './a-drawing'

const data = aDrawing(3, 3)
const drawing = new Drawing(data, 1)
const place = (x: number, y: number): LonLat => [WEST + x * SIDE, SOUTH + y * SIDE]
/** The border between two cells. */
const between = (a: string, b: string): (typeof data.arcs)[number] => {
  const arc = data.arcs.find((one) => [one.left, one.right].sort().join() === [a, b].sort().join())
  if (!arc) throw new Error('no such border')
  return arc
}
/** A household in every hundredth of a cell. */
const households = new Households(Array.from({ length: 900 }, (_, i): [number, number, number] => [WEST + ((i % 30) + 0.5) * SIDE * 0.1, SOUTH + (Math.floor(i / 30) + 0.5) * SIDE * 0.1, 1]), data.bounds)
const sum = (found: readonly { wonM2: number; wonHouseholds: number | undefined }[]): [number, number] => [found.reduce((all, one) => all + one.wonM2, 0), found.reduce((all, one) => all + (one.wonHouseholds ?? 0), 0)]

describe('a border that is moved', () => {
  it('is moved for all its cells: what one wins the others lose', () => {
    const node = drawing.vertexNear(place(1, 1), 1e-5)?.at as LonLat
    const inner = between('c0-1', 'c1-1').line[2] as LonLat
    for (const lines of [
      movedVertex(drawing, node, place(1.2, 1.3)),
      movedVertex(drawing, inner, place(0.7, 1.5)),
      bent(between('c1-1', 'c2-1'), 1, place(1.6, 1.4)),
      movedArc(drawing, between('c1-1', 'c1-2'), [0, -0.3 * SIDE]),
      redrawn(drawing, between('c1-1', 'c2-1').line[0] as LonLat, between('c1-1', 'c2-1').line[3] as LonLat, [place(1.5, 1.2), place(1.5, 1.6)])?.lines ?? new Map(),
    ]) {
      const found = effects(drawing, lines, households)
      expect(found.length).toBeGreaterThan(1)
      const [area, homes] = sum(found)
      expect(Math.abs(area)).toBeLessThan(1e-3)
      expect(homes).toBe(0)
      expect(Math.max(...found.map((one) => one.wonHouseholds ?? 0))).toBeGreaterThan(0)
      expect(firstCrossing(drawing, lines)).toBeUndefined()
    }
  })

  it('counts a household as its neighbour does once the border is there', () => {
    const lines = movedVertex(drawing, between('c0-1', 'c1-1').line[2] as LonLat, place(0.6, 1.5))
    const found = effects(drawing, lines, households)
    for (const one of found) {
      const count = (which: typeof lines | undefined): number => households.count(data.bounds, (at) => drawing.has(one.cell, at, which))
      expect(one.wonHouseholds).toBe(count(lines) - count(undefined))
    }
  })

  it('says where it would cross another', () => {
    const lines = movedVertex(drawing, between('c0-1', 'c1-1').line[2] as LonLat, place(2.5, 1.5))
    const at = firstCrossing(drawing, lines)
    expect(at?.[0]).toBeGreaterThan(WEST + SIDE)
    expect(at?.[0]).toBeLessThan(WEST + 2.5 * SIDE)
  })

  it('is drawn anew only between two vertices of one border, in either direction', () => {
    const { line } = between('c0-1', 'c1-1')
    const [from, to] = [line[1] as LonLat, line[3] as LonLat]
    const forth = redrawn(drawing, from, to, [place(0.9, 1.4), place(0.9, 1.6)])
    const back = redrawn(drawing, to, from, [place(0.9, 1.6), place(0.9, 1.4)])
    expect(forth?.lines).toEqual(back?.lines)
    expect([...(forth?.lines.values() ?? [])][0]).toHaveLength(6)
    expect(redrawn(drawing, from, from, [])).toBeUndefined()
    expect(redrawn(drawing, from, between('c1-1', 'c2-1').line[2] as LonLat, [])).toBeUndefined()
  })
})

describe('a cell that is cut', () => {
  it('falls into two pieces that make the whole, each beside its own neighbours', () => {
    const cut = cutOf(drawing, 'c1-1', [place(1, 1.5), place(1.5, 1.6), place(2, 1.5)], households)
    if (!cut) throw new Error('not cut')
    expect(cut.left.areaM2 + cut.right.areaM2).toBeCloseTo(drawing.areaM2('c1-1'), 2)
    expect((cut.left.households ?? 0) + (cut.right.households ?? 0)).toBe(households.count(data.bounds, (at) => drawing.has('c1-1', at)))
    expect([...cut.left.beside.keys()].sort()).toEqual(['c0-1', 'c1-2', 'c2-1'])
    expect([...cut.right.beside.keys()].sort()).toEqual(['c0-1', 'c1-0', 'c2-1'])
    const back = cutOf(drawing, 'c1-1', [place(2, 1.5), place(1.5, 1.6), place(1, 1.5)], households)
    expect(back?.left.areaM2).toBeCloseTo(cut.right.areaM2, 3)
  })

  it('is not cut by a line that begins and ends in one place, or has but one', () => {
    expect(cutOf(drawing, 'c1-1', [place(1, 1.5)])).toBeUndefined()
    const corner = drawing.vertexNear(place(1, 1), 1e-5)?.at as LonLat
    expect(cutOf(drawing, 'c1-1', [corner, place(1.5, 1.5), corner])).toBeUndefined()
  })
})

describe('snapping', () => {
  it('takes a vertex before an edge, and of the outer border its vertices only', () => {
    const { line } = between('c0-1', 'c1-1')
    const vertex = line[2] as LonLat
    expect(snapToBorder(drawing, 'c1-1', [vertex[0] + 2e-5, vertex[1]], 1e-4)).toEqual({ at: vertex, to: 'vertex' })
    const middle: LonLat = [((line[1]?.[0] ?? 0) + vertex[0]) / 2, ((line[1]?.[1] ?? 0) + vertex[1]) / 2]
    expect(snapToBorder(drawing, 'c1-1', middle, 1e-4).to).toBe('edge')
    expect(snapToBorder(drawing, 'c0-0', place(0.12, 0), 1e-4).to).toBe('none')
    expect(snapToBorder(drawing, 'c1-1', place(1.5, 1.5), 1e-4).to).toBe('none')
  })

  it('goes by the lines of a file, and knows a file without any', () => {
    const lines = linesOfGeoJson({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'MultiLineString', coordinates: [[place(0, 1.5), place(3, 1.5)], [place(1, 0), place(1, 3)]] } }] })
    const guides = new Guides(lines ?? [])
    expect(guides.snap([place(0.7, 0)[0], SOUTH + 1.5 * SIDE + 5e-5], 1e-4)).toEqual({ at: [119.907, 31.415], to: 'guide' })
    expect(guides.snap(place(0.5, 0.5), 1e-4).to).toBe('none')
    expect(linesOfGeoJson({ type: 'Feature', geometry: { type: 'Point', coordinates: [1, 2] } })).toBeUndefined()
    expect(linesOfGeoJson('text')).toBeUndefined()
  })
})
