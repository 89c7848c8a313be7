import { describe, expect, it } from 'vitest'
import type { Change, Draft, Drafts, Edit } from '@core/grid/drafts'
import { loadOf, shaded } from '@core/grid/load'
import { nextName } from '@core/grid/naming'
import { placeOf, unreadableOf } from '@core/grid/refusal'
import type { LonLat } from '@core/model'
import { problem, Trouble } from '@core/trouble'
import { Pen } from '../../desk/grid/pen'
import { Workbench } from '../../desk/grid/workbench'
import { SIDE, SOUTH, WEST, aDrawing } from './a-drawing'

const REACH = SIDE * 0.03
const place = (x: number, y: number): LonLat => [Math.round((WEST + x * SIDE) * 1e7) / 1e7, Math.round((SOUTH + y * SIDE) * 1e7) / 1e7]
const draft = (version: number): Draft => ({ id: 'd', title: 'x', author: 'a', created_at: '', changed_at: '', version, state: 'partition', leaves: 9, defects: 0, can_undo: version > 1, can_redo: false, based_on: 'e', edits: version, area_m2: 0, points: null, boundary: null, read_as: null, refused: null, scheduled: null })

/** A bench whose server notes every edit, and makes none of those that `refuses` names. */
async function aBench(refuses: Edit['type'][] = []): Promise<{ bench: Workbench; pen: Pen; edits: [number, Edit][] }> {
  const edits: [number, Edit][] = []
  const data = aDrawing(3, 3)
  const server = {
    one: async () => draft(1),
    drawing: async () => data,
    edit: async (_id: string, version: number, edit: Edit): Promise<Change> => {
      if (refuses.includes(edit.type)) throw new Trouble({ ...problem('refused_edit', 422, { en: 'It would cross.' }), place: place(1, 1) }, 'refused')
      edits.push([version, edit])
      return { draft: draft(version + 1), gone: { arcs: [], cells: [] }, arcs: [], cells: [], drawing: null }
    },
  }
  const bench = new Workbench(server as unknown as Drafts, 'd')
  await bench.open()
  return { bench, pen: new Pen(bench, () => REACH), edits }
}
/** A vertex within the border between two cells. */
function inner(bench: Workbench, a: string, b: string, at = 2): LonLat {
  const arc = [...(bench.drawing?.arcsOf(a) ?? [])].find((one) => one.left === b || one.right === b)
  return arc?.line[at] as LonLat
}

describe('choosing and moving', () => {
  it('chooses a cell by a press, adds with Shift, and lets go outside', async () => {
    const { bench, pen } = await aBench()
    await pen.click(place(1.5, 1.5), false)
    await pen.click(place(2.5, 1.5), true)
    expect(bench.chosen.value).toEqual(['c1-1', 'c2-1'])
    await pen.click(place(1.5, 1.5), true)
    expect(bench.chosen.value).toEqual(['c2-1'])
    await pen.click(place(9, 9), false)
    expect(bench.chosen.value).toEqual([])
  })

  it('drags a vertex of a chosen cell for both cells, and sends it once when it is let go', async () => {
    const { bench, pen, edits } = await aBench()
    const from = inner(bench, 'c0-1', 'c1-1')
    expect(pen.press(from)).toBe(false)
    bench.choose(['c1-1'])
    expect(pen.grasp(from)).toBe('vertex')
    expect(pen.press(from)).toBe(true)
    for (let i = 1; i <= 5; i += 1) pen.drag(place(1 - i * 0.04, 1.5))
    expect(bench.held.value?.effects.map((one) => one.cell).sort()).toEqual(['c0-1', 'c1-1'])
    await pen.drop(true)
    expect(edits).toEqual([[1, { type: 'move_vertex', from, to: place(0.8, 1.5) }]])
    expect(bench.held.value).toBeUndefined()
    expect(bench.draft.value?.version).toBe(2)
  })

  it('bends an edge with a new vertex, moves a whole border, and never the outline', async () => {
    const { bench, pen, edits } = await aBench()
    bench.choose(['c0-1'])
    const [a, b] = [inner(bench, 'c0-1', 'c1-1', 1), inner(bench, 'c0-1', 'c1-1', 2)]
    const middle: LonLat = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
    expect(pen.grasp(middle)).toBe('edge')
    pen.press(middle)
    pen.drag(place(1.1, 1.4))
    await pen.drop(true)
    expect(edits.at(-1)?.[1]).toEqual({ type: 'redraw', from: a, to: b, through: [place(1.1, 1.4)] })
    expect(pen.grasp(place(0, 1.5))).toBeUndefined()
    bench.use('border')
    expect(pen.grasp(middle)).toBe('arc')
    pen.press(middle)
    pen.drag([middle[0] + 0.001, middle[1]])
    await pen.drop(true)
    expect(edits.at(-1)?.[1]).toMatchObject({ type: 'move_arc', by: [0.001, 0] })
  })

  it('keeps what was tried where the server refuses it, with where and why', async () => {
    const { bench, pen } = await aBench(['move_vertex'])
    bench.choose(['c1-1'])
    pen.press(inner(bench, 'c0-1', 'c1-1'))
    pen.drag(place(2.4, 1.5))
    expect(bench.held.value?.crossing).toBeDefined()
    await pen.drop(true)
    const refused = bench.refused.value
    expect(refused?.text.en).toBe('It would cross.')
    expect(refused?.at).toEqual(place(1, 1))
    expect(refused?.tried.flat()).toContainEqual(place(2.4, 1.5))
    expect(bench.draft.value?.version).toBe(1)
    expect(pen.cancel()).toBe(true)
    expect(bench.refused.value).toBeUndefined()
  })

  it('does edits one after the other, each on the version that the last one made', async () => {
    const { bench, edits } = await aBench()
    await Promise.all([1, 2, 3].map((n) => bench.edit({ type: 'describe', cell: 'c1-1', parent: String(n) })))
    expect(edits.map(([version]) => version)).toEqual([1, 2, 3])
  })
})

describe('lines', () => {
  it('cut the chosen cell from border to border', async () => {
    const { bench, pen } = await aBench()
    bench.use('split')
    await pen.click(place(1.5, 1.5), false)
    expect(bench.chosen.value).toEqual(['c1-1'])
    await pen.click(place(1.5, 1.5), false)
    expect(bench.stroke.value).toBeUndefined()
    await pen.click(inner(bench, 'c0-1', 'c1-1'), false)
    pen.over(place(1.5, 1.6))
    expect(bench.cut()).toBeDefined()
    await pen.click(place(1.5, 1.6), false)
    await pen.click(inner(bench, 'c1-1', 'c2-1'), false)
    expect(bench.stroke.value?.done).toBe(true)
    expect(bench.cut()?.left.areaM2).toBeGreaterThan(0)
    pen.back()
    expect(bench.stroke.value?.done).toBe(false)
    expect(bench.stroke.value?.places).toHaveLength(2)
  })

  it('redraw a border between two of its vertices', async () => {
    const { bench, pen, edits } = await aBench()
    bench.use('redraw')
    const [from, to] = [inner(bench, 'c0-1', 'c1-1', 1), inner(bench, 'c0-1', 'c1-1', 3)]
    await pen.click(place(1.5, 1.5), false)
    expect(bench.stroke.value).toBeUndefined()
    await pen.click(from, false)
    await pen.click(place(0.9, 1.4), false)
    await pen.click(to, false)
    expect(edits[0]?.[1]).toEqual({ type: 'redraw', from, to, through: [place(0.9, 1.4)] })
  })

  it('are drawn with the keys as well', async () => {
    const { bench, pen, edits } = await aBench()
    bench.choose(['c1-1'])
    pen.turn(1)
    const first = bench.vertex.value
    pen.turn(1)
    expect(bench.vertex.value).not.toEqual(first)
    pen.turn(-1)
    expect(bench.vertex.value).toEqual(first)
    bench.vertex.value = inner(bench, 'c0-1', 'c1-1')
    pen.nudge(-0.0005, 0)
    pen.nudge(-0.0005, 0)
    await pen.confirmHeld()
    expect(edits[0]?.[1]).toMatchObject({ type: 'move_vertex' })
    bench.vertex.value = inner(bench, 'c1-1', 'c2-1')
    await pen.remove()
    expect(edits[1]?.[1]).toMatchObject({ type: 'redraw', through: [] })
    bench.use('split')
    bench.cursor.value = inner(bench, 'c0-1', 'c1-1')
    await pen.place(bench.cursor.value)
    pen.nudge(0.003, 0)
    expect(bench.stroke.value?.over).toEqual(bench.cursor.value)
  })
})

describe('what a cell is called and how full it is', () => {
  it('goes on with the next free number', () => {
    const cell = (id: string, zh: string, en: string): never => ({ id, title: { zh, en }, level: 'cell', leaf: true, area_m2: 0, at: [0, 0] }) as never
    const cells = [cell('zhoutie-shequ-03', '周铁社区03格', 'Zhoutie 03'), cell('zhoutie-shequ-04', '周铁社区04格', 'Zhoutie 04')]
    expect(nextName(cells, cells[0] as never)).toEqual({ id: 'zhoutie-shequ-05', title: { zh: '周铁社区05格', en: 'Zhoutie 05' } })
    expect(nextName(cells, cell('park', '公园', 'Park'))).toEqual({ id: 'park-2', title: { zh: '公园 2', en: 'Park 2' } })
  })

  it('stands beside the goal', () => {
    const goal = { least: 300, most: 500 }
    expect([undefined, 299, 300, 500, 501].map((n) => loadOf(n, goal))).toEqual([undefined, 'under', 'fit', 'fit', 'over'])
    expect(shaded(500, 500)).toBeGreaterThan(shaded(250, 500))
  })
})

describe('what a problem tells beside its words', () => {
  it('is the place on the map, and all that was wrong with a file', () => {
    const trouble = (more: object): Trouble => new Trouble({ ...problem('refused_edit', 422, { en: 'No.' }), ...more }, 'refused')
    expect(placeOf(trouble({ place: [119.98, 31.41] }))).toEqual([119.98, 31.41])
    expect(placeOf(trouble({ place: null }))).toBeUndefined()
    expect(unreadableOf(trouble({}))).toEqual([])
    expect(unreadableOf(trouble({ faults: [{ feature: 3, text: { zh: '缺', en: 'Cut off' } }] }))).toHaveLength(1)
  })
})
