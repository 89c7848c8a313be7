import { describe, expect, it } from 'vitest'
import type { LonLat } from '../../core/model'
import { doubt } from '../../field/doubt'
import { likelyHere } from '../../field/likely'
import { cellAt, holds, offCellM, outlines, type Outline } from '../../field/outline'
import { Sketch } from '../../field/sketch'
import { walk, type Stop } from '../../field/walk'
import type { CaseRecord, Kind } from '../../core/model'

const HERE: LonLat = [120, 31]
/** So many metres east of here. */
const east = (m: number): LonLat => [120 + m / 95_400, 31]
const stop = (id: string, m: number | null, more: Partial<Stop> = {}): Stop => ({ id, place: m === null ? null : east(m), late: false, ...more })
const ids = (stops: Stop[]): string => stops.map((one) => one.id).join('')

describe('the walk', () => {
  it('goes to the nearest each time, from where the last stop was', () => {
    expect(ids(walk([stop('a', 900), stop('b', -100), stop('c', 150), stop('d', 300)], HERE))).toBe('bcda')
  })

  it('begins with what is late, by its deadline, and goes on from there', () => {
    const late = { late: true }
    expect(ids(walk([stop('a', 100), stop('b', 1000, { ...late, due: '2' }), stop('c', 2000, { ...late, due: '1' }), stop('d', 900)], HERE))).toBe('cbda')
  })

  it('puts what has no place last, and orders by deadline without a start', () => {
    expect(ids(walk([stop('a', null, { due: '1' }), stop('b', 10, { due: '2' })], HERE))).toBe('ba')
    expect(ids(walk([stop('a', 1, { due: '3' }), stop('b', 2, { due: '1' }), stop('c', 3)], undefined))).toBe('bac')
  })

  it('loses none and doubles none', () => {
    const many = Array.from({ length: 40 }, (_, n) => stop(String.fromCharCode(65 + n), (n * 7919) % 1000, { late: n % 9 === 0 }))
    expect(walk(many, HERE).map((one) => one.id).sort()).toEqual(many.map((one) => one.id).sort())
  })
})

const square = (id: string, west: number): Outline => ({ id, leaf: true, rings: [[[west, 31], [west + 0.01, 31], [west + 0.01, 31.01], [west, 31.01], [west, 31]]] })

describe('outlines', () => {
  it('tell the cell of a place without network', () => {
    const all = [square('a', 120), square('b', 120.01)]
    expect(cellAt(all, [120.005, 31.005])).toBe('a')
    expect(cellAt(all, [120.015, 31.005])).toBe('b')
    expect(cellAt(all, [120.025, 31.005])).toBeUndefined()
  })

  it('know a hole', () => {
    const ring = square('a', 120)
    ring.rings.push([[120.004, 31.004], [120.006, 31.004], [120.006, 31.006], [120.004, 31.006], [120.004, 31.004]])
    expect([holds(ring, [120.005, 31.005]), holds(ring, [120.002, 31.005])]).toEqual([false, true])
  })

  it('are read from GeoJSON, those without a shape left out', () => {
    const found = outlines({
      type: 'FeatureCollection',
      features: [
        { type: 'Feature', properties: { id: 'a', leaf: true }, geometry: { type: 'Polygon', coordinates: [[[1, 2], [3, 4], [1, 2]]] } },
        { type: 'Feature', properties: { id: 'b' }, geometry: { type: 'Point', coordinates: [1, 2] } },
      ],
    })
    expect(found).toEqual([{ id: 'a', leaf: true, rings: [[[1, 2], [3, 4], [1, 2]]] }])
  })

  it('are drawn within the picture, north up', () => {
    const sketch = new Sketch(square('a', 120).rings.flat(), 300, 100, 10)
    const [x, y] = sketch.at([120.005, 31.005])
    expect([Math.round(x), Math.round(y)]).toEqual([150, 50])
    expect(sketch.at([120, 31.01])[1]).toBeLessThan(sketch.at([120, 31])[1])
    expect(sketch.path(square('a', 120))).toMatch(/^M[\d. L]+Z$/)
  })
})

describe('a doubtful place', () => {
  const cell = { label: HERE, area_m2: 500_000 }
  it('is asked about only where there is a reason', () => {
    expect(doubt(undefined, 5, [cell], false)).toEqual({ why: 'missing' })
    expect(doubt(HERE, 12, [cell], false)).toBeUndefined()
    expect(doubt(HERE, 350, [cell], false)).toEqual({ why: 'coarse', metres: 350 })
    expect(doubt(east(5000), 20, [cell], false)?.why).toBe('far')
    expect(doubt(east(90_000), 20, [cell], true)).toEqual({ why: 'outside' })
    expect(doubt(east(5000), null, [], false)).toBeUndefined()
    expect(offCellM(cell, east(100))).toBe(0)
  })
})

describe('duplicates without network', () => {
  const kind = { title: {}, fields: {}, states: {}, actions: {}, duplicates: { within: '50 m', for: '7d', same: ['category'] }, views: { title: 'summary' } } as unknown as Kind
  const now = Date.parse('2026-03-10T00:00:00Z')
  const record = (id: string, m: number, more: Partial<CaseRecord> = {}): CaseRecord =>
    ({ id, kind: 'g.m', place: east(m), opened: '2026-03-09T00:00:00Z', closed: null, fields: { category: 'litter', summary: id }, ...more }) as unknown as CaseRecord

  it('are found by the rule of the kind: near, recent, alike, open', () => {
    const all = [
      record('far', 60),
      record('near', 40),
      record('nearer', 5),
      record('old', 1, { opened: '2026-03-01T00:00:00Z' }),
      record('closed', 1, { closed: '2026-03-09T01:00:00Z' }),
      record('other', 1, { fields: { category: 'noise' } }),
    ]
    const found = likelyHere(all, 'g.m', kind, HERE, { category: 'litter' }, now)
    expect(found.map((one) => [one.record, one.distance_m])).toEqual([['nearer', 5], ['near', 40]])
    expect(likelyHere(all, 'g.m', undefined, HERE, { category: 'litter' }, now)).toEqual([])
  })
})
