import { describe, expect, it } from 'vitest'
import { aspect, fit, project, unproject, zoomOf } from '../../wall/camera'
import { along, chooseFlights, flights, FLIGHT_MS, MOST_FLIGHTS, progress } from '../../wall/flights'
import { ORDER, type Step } from '../../wall/flow'
import { frameOf, seen, shared, type Box } from '../../wall/frame'
import { place } from '../../wall/labels'
import { layoutOf, slot, type Layout } from '../../wall/layout'
import { daysUpTo } from '../../wall/month'
import { readParams } from '../../wall/params'
import { ReplayClock } from '../../wall/replay'
import { shortNumber } from '../../wall/case'
import { dueKey } from '../../wall/words'

const BOUNDS = [119.951, 31.39, 120.0488, 31.4823] as const
const ONE = { columns: 1, rows: 1 }
const FIRST = { column: 0, row: 0 }
const SIZES: [number, number][] = [[3840, 1080], [1920, 1080], [1280, 720], [7680, 2160], [5760, 1080], [2560, 1080], [1920, 1200]]

describe('the address', () => {
  it('pins a scene, cuts a wall into tiles counted from 1, and plays a day', () => {
    expect(readParams('?wall=3x2&tile=3,1&scene=duty')).toMatchObject({ wall: { columns: 3, rows: 2 }, tile: { column: 2, row: 0 }, scene: 'duty', wrong: [] })
    expect(readParams('?replay=2026-03-01&speed=120&at=08:30')).toMatchObject({ replay: { day: '2026-03-01', speed: 120, minute: 510 }, wrong: [] })
    expect(readParams('')).toMatchObject({ wall: ONE, tile: FIRST, replay: undefined, scene: undefined, wrong: [] })
  })

  it('says what it does not understand', () => {
    const wrong = (search: string): string[] => readParams(search).wrong
    expect(wrong('?wall=2x2')).toEqual(['tile'])
    expect(wrong('?wall=2x2&tile=3,1')).toEqual(['tile'])
    expect(wrong('?wall=2x99&tile=1,1')).toEqual(['wall'])
    expect(wrong('?wall=two')).toEqual(['wall', 'tile'])
    expect(wrong('?scene=party')).toEqual(['scene'])
    expect(wrong('?replay=2026-02-30')).toEqual(['replay'])
    expect(wrong('?replay=2026-03-01&speed=0')).toEqual(['speed'])
    expect(wrong('?replay=2026-03-01&at=25:00')).toEqual(['at'])
  })
})

describe('the layout', () => {
  const parts = (layout: Layout): Box[] => [layout.header, layout.map, ...ORDER.map((stage) => layout.lanes[stage].box), layout.figures, layout.ticker, layout.replay].filter((box) => box.height > 0)

  it('covers nothing with anything and leaves the screen nowhere', () => {
    for (const [width, height] of SIZES) {
      for (const replays of [false, true]) {
        const frame = frameOf(width, height, ONE, FIRST)
        const boxes = parts(layoutOf(frame, replays, aspect(BOUNDS)))
        for (const [at, box] of boxes.entries()) {
          expect(box.x).toBeGreaterThanOrEqual(0)
          expect(box.y).toBeGreaterThanOrEqual(0)
          expect(box.x + box.width).toBeLessThanOrEqual(width + 0.001)
          expect(box.y + box.height).toBeLessThanOrEqual(height + 0.001)
          for (const other of boxes.slice(at + 1)) {
            const both = shared(box, other)
            expect(both.width * both.height, `${width}x${height}`).toBeLessThan(1)
          }
        }
      }
    }
  })

  it('gives the map at least a fifth of the width, and each stage two cards', () => {
    for (const [width, height] of SIZES) {
      const layout = layoutOf(frameOf(width, height, ONE, FIRST), true, aspect(BOUNDS))
      expect(layout.map.width, `${width}x${height}`).toBeGreaterThan(width * 0.2)
      for (const stage of ORDER) expect(layout.lanes[stage].cards).toBeGreaterThanOrEqual(2)
    }
  })

  it('is one picture on many screens', () => {
    const whole = frameOf(3840, 1080, ONE, FIRST)
    let area = 0
    for (const column of [0, 1]) {
      for (const row of [0, 1]) {
        const tile = frameOf(1920, 540, { columns: 2, rows: 2 }, { column, row })
        expect({ ...tile, x: 0, y: 0, seenWidth: 0, seenHeight: 0 }).toEqual({ ...whole, seenWidth: 0, seenHeight: 0 })
        expect(layoutOf(tile, false, 1)).toEqual(layoutOf(whole, false, 1))
        const part = shared(layoutOf(tile, false, 1).map, seen(tile))
        area += part.width * part.height
      }
    }
    const { map } = layoutOf(whole, false, 1)
    expect(area).toBeCloseTo(map.width * map.height, 3)
  })

  it('has type that grows with the height', () => {
    expect(frameOf(3840, 1080, ONE, FIRST).rem).toBe(16)
    expect(frameOf(1280, 720, ONE, FIRST).rem).toBeCloseTo(720 / 67.5)
    expect(frameOf(3840, 1080, { columns: 2, rows: 2 }, FIRST).rem).toBe(32)
  })
})

describe('the camera', () => {
  const box: Box = { x: 700, y: 100, width: 900, height: 860 }
  const camera = fit(BOUNDS, box, 30)

  it('shows the whole town within its box', () => {
    for (const corner of [[BOUNDS[0], BOUNDS[1]], [BOUNDS[2], BOUNDS[3]]] as [number, number][]) {
      const [x, y] = project(camera, corner)
      expect(x).toBeGreaterThanOrEqual(box.x + 29.99)
      expect(x).toBeLessThanOrEqual(box.x + box.width - 29.99)
      expect(y).toBeGreaterThanOrEqual(box.y + 29.99)
      expect(y).toBeLessThanOrEqual(box.y + box.height - 29.99)
    }
  })

  it('finds the place of a point again', () => {
    const [lon, lat] = unproject(camera, ...project(camera, [120.01, 31.45]))
    expect(lon).toBeCloseTo(120.01, 9)
    expect(lat).toBeCloseTo(31.45, 9)
    expect(2 ** zoomOf(camera) * 512).toBeCloseTo(camera.scale, 3)
  })
})

describe('names on the map', () => {
  it('cover no other and stay within the box', () => {
    const box: Box = { x: 0, y: 0, width: 400, height: 400 }
    const camera = fit(BOUNDS, box, 0)
    const wanted = Array.from({ length: 60 }, (_, n) => ({ text: `村${n}`, at: [119.951 + (n % 8) * 0.012, 31.39 + Math.floor(n / 8) * 0.011] as [number, number], size: 20 }))
    const placed = place(wanted, camera, box, (text, size) => text.length * size)
    expect(placed.length).toBeGreaterThan(5)
    for (const [at, a] of placed.entries()) for (const b of placed.slice(at + 1)) expect(Math.abs(a.x - b.x) >= 40 || Math.abs(a.y - b.y) >= 20).toBe(true)
  })
})

describe('flights', () => {
  const step = (seq: number, id: string, from: Step['from'], to: Step['to']): Step => ({ seq, id, kind: 'k', at: 0, action: 'a', actor: 'public', from, to, opens: from === null, closes: false, inTime: true })
  const layout = layoutOf(frameOf(3840, 1080, ONE, FIRST), false, 1)

  it('are few, of the newest, and each case flies once', () => {
    const many = Array.from({ length: 30 }, (_, n) => step(n, `r${n}`, 'report', 'triage'))
    expect(chooseFlights(many).map((one) => one.seq)).toEqual([26, 27, 28, 29])
    expect(chooseFlights([step(1, 'a', 'report', 'triage'), step(2, 'a', 'triage', 'handle')])).toMatchObject([{ from: 'report', to: 'handle' }])
    expect(chooseFlights([step(1, 'a', 'handle', 'handle')])).toEqual([])
    expect(MOST_FLIGHTS).toBeLessThanOrEqual(6)
  })

  it('lead from card to card, over the mark where they cross the map', () => {
    const beat = { at: 10_000, number: 5, steps: [], fresh: [step(1, 'a', 'triage', 'handle')] }
    const mark: [number, number] = [layout.map.x + 100, layout.map.y + 200]
    const [flight] = flights(beat, layout, () => 1, () => 0, () => mark)
    if (!flight) throw new Error('no flight')
    expect(along(flight, 0)).toEqual(slot(layout.lanes.triage, 1))
    expect(along(flight, 1)).toEqual(slot(layout.lanes.handle, 0))
    expect(along(flight, 0.5)[0]).toBeCloseTo(mark[0])
    expect(along(flight, 0.5)[1]).toBeCloseTo(mark[1])
    expect(progress(flight, 9_999)).toBeUndefined()
    expect(progress(flight, 10_000)).toBe(0)
    expect(progress(flight, 10_000 + FLIGHT_MS)).toBe(1)
    expect(progress(flight, 10_001 + FLIGHT_MS)).toBeUndefined()
  })
})

describe('a day played again', () => {
  const from = Date.parse('2026-03-01T00:00:00+08:00')
  const to = from + 86_400_000

  it('runs as much faster as asked, rests at its end and begins again', () => {
    let now = 1_000_000
    const clock = new ReplayClock(from, to, 60, () => now, false, undefined, 10_000)
    expect(clock.shown()).toBe(from)
    now += 60_000
    expect(clock.shown()).toBe(from + 3_600_000)
    expect(clock.when(from + 1_800_000)).toBe(now - 30_000)
    now = 1_000_000 + 24 * 60_000 + 5_000
    expect(clock.shown()).toBe(to)
    now += 6_000
    expect(clock.shown()).toBe(from + 60_000)
  })

  it('can be moved and held', () => {
    let now = 0
    const clock = new ReplayClock(from, to, 60, () => now, false, 480)
    expect(clock.shown()).toBe(from + 480 * 60_000)
    clock.pause()
    now += 60_000
    expect(clock.shown()).toBe(from + 480 * 60_000)
    clock.seek(from + 60_000)
    expect(clock.shown()).toBe(from + 60_000)
    clock.play()
    now += 1000
    expect(clock.shown()).toBe(from + 120_000)
    clock.seek(to + 5)
    expect(clock.shown()).toBe(to)
  })

  it('is at the same moment on every screen of a wall, whenever each was opened', () => {
    let now = 1_772_000_000_000
    const first = new ReplayClock(from, to, 60, () => now, true)
    now += 7777
    const second = new ReplayClock(from, to, 60, () => now, true)
    second.seek(from + 5)
    now += 4321
    expect(second.shown()).toBe(first.shown())
  })
})

describe('short words', () => {
  it('say how much time is left or overdue', () => {
    expect(dueKey(90_000)).toEqual(['wall.due.left.minutes', { n: 1 }])
    expect(dueKey(-3_700_000)).toEqual(['wall.due.late.hours', { n: 1 }])
    expect(dueKey(3 * 86_400_000)).toEqual(['wall.due.left.days', { n: 3 }])
  })

  it('name a case by its number within its day, and by the day where it is another', () => {
    expect(shortNumber('SJ20260302-0041', '2026-03-02')).toBe('0041')
    expect(shortNumber('SJ20260301-0041', '2026-03-02')).toBe('0301-0041')
    expect(shortNumber('', '2026-03-02')).toBe('')
  })

  it('know the days of a month', () => {
    expect(daysUpTo('2026-03-02', 3)).toEqual(['2026-02-28', '2026-03-01', '2026-03-02'])
  })
})
