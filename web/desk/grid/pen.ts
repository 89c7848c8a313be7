import { rounded } from '@core/geo'
import type { LonLat } from '@core/model'
import type { Arc, Edit } from '@core/grid/drafts'
import type { Drawing, Lines, OnEdge, Vertex } from '@core/grid/drawing'
import { same } from '@core/grid/plane'
import { bent, effects, firstCrossing, movedArc, movedVertex, redrawn } from '@core/grid/shift'
import { snapToBorder } from '@core/grid/snap'
import type { Stroke, Workbench } from './workbench'

/** What the pointer has taken hold of. */
type Grip = { kind: 'vertex'; from: LonLat } | { kind: 'edge'; on: OnEdge } | { kind: 'arc'; arc: Arc; start: LonLat }

/** A border that keeps its shape: the town's own outline. */
export function isOuter(arc: Arc): boolean {
  return arc.left === null || arc.right === null
}

/** Whether a vertex may be moved: none of the outline's may. */
export function isFree(vertex: Vertex): boolean {
  return !vertex.arcs.some(isOuter)
}

/**
 * What pointer and keys do with the tool in hand. Places are true ones; `reach` says how many degrees of latitude as many pixels are
 * that a press may miss its aim by.
 */
export class Pen {
  private grip: Grip | undefined

  constructor(
    private readonly bench: Workbench,
    private readonly reach: () => number,
  ) {}

  /** The drawing, where cells can be pressed in it at all. */
  private get drawing(): Drawing | undefined {
    return this.bench.draft.value?.state === 'partition' ? this.bench.drawing : undefined
  }

  /** The same where it may be changed: not while it waits for the hour at which it is to be published. */
  private get open(): Drawing | undefined {
    return this.bench.draft.value?.scheduled ? undefined : this.drawing
  }

  get draws(): boolean {
    return ['redraw', 'split', 'hand'].includes(this.bench.tool.value)
  }

  /** What a press here would take hold of: it is shown under the pointer. */
  grasp(at: LonLat): 'vertex' | 'edge' | 'arc' | undefined {
    return this.gripAt(at)?.kind
  }

  /** Whether the press takes hold of something that then follows the pointer. */
  press(at: LonLat): boolean {
    this.grip = this.gripAt(at)
    return this.grip !== undefined
  }

  drag(at: LonLat): void {
    if (!this.grip) return
    const found = this.pull(this.grip, at)
    if (found) this.hold(found.edit, found.lines)
  }

  /** The pointer is lifted: what was moved is sent; a press without a movement chooses the vertex. */
  async drop(moved: boolean): Promise<void> {
    const { grip, bench } = this
    this.grip = undefined
    if (!moved) {
      bench.held.value = undefined
      if (grip?.kind === 'vertex') bench.vertex.value = grip.from
      return
    }
    await this.confirmHeld()
  }

  /** Lets go of what was being dragged: it lies as it did. */
  release(): void {
    this.grip = undefined
    this.bench.held.value = undefined
  }

  /** Sends what is held. */
  async confirmHeld(): Promise<void> {
    const held = this.bench.held.value
    if (held) await this.bench.edit(held.edit)
  }

  /** The pointer moves with nothing held. */
  over(at: LonLat): void {
    const stroke = this.bench.stroke.value
    if (stroke && !stroke.done) this.bench.stroke.value = { ...stroke, over: this.aim(at).at }
  }

  /** A press that was no drag. */
  async click(at: LonLat, add: boolean): Promise<void> {
    const { bench, drawing } = this
    if (!drawing) return
    if (this.draws) {
      await this.place(at)
      return
    }
    const cell = drawing.cellAt(at)
    if (!cell) bench.choose([])
    else if (!add) bench.choose([cell])
    else bench.choose(bench.chosen.value.includes(cell) ? bench.chosen.value.filter((one) => one !== cell) : [...bench.chosen.value, cell])
  }

  /** Puts a place of a line where the pointer, the keys or typed figures say. */
  async place(at: LonLat): Promise<void> {
    const { bench, open: drawing } = this
    const stroke = bench.stroke.value
    if (!drawing || stroke?.done) return
    if (bench.tool.value === 'redraw') return this.placeRedrawn(drawing, at, stroke)
    const cell = stroke?.cell ?? bench.chosen.value[0]
    if (!cell) {
      const found = drawing.cellAt(at)
      if (found) bench.choose([found])
      return
    }
    const { at: place, to } = this.aim(at)
    const onBorder = to === 'vertex' || to === 'edge'
    if (!stroke) {
      if (onBorder) bench.stroke.value = { cell, places: [place], over: undefined, done: false }
      // A press into another cell means that one.
      else if (drawing.cellAt(at) !== cell) bench.choose([drawing.cellAt(at)].filter((one) => one !== undefined))
      return
    }
    if (same(place, stroke.places.at(-1) as LonLat)) return
    bench.stroke.value = { ...stroke, places: [...stroke.places, place], over: undefined, done: onBorder }
  }

  private async placeRedrawn(drawing: Drawing, at: LonLat, stroke: Stroke | undefined): Promise<void> {
    const { bench } = this
    const vertex = drawing.vertexNear(at, this.reach(), (arc) => !isOuter(arc))
    if (!stroke) {
      if (vertex) bench.stroke.value = { cell: undefined, places: [vertex.at], over: undefined, done: false }
      return
    }
    const from = stroke.places[0] as LonLat
    const end = vertex && !same(vertex.at, from) ? redrawn(drawing, from, vertex.at, stroke.places.slice(1)) : undefined
    if (!vertex || !end) {
      bench.stroke.value = { ...stroke, places: [...stroke.places, this.aim(at).at], over: undefined }
      return
    }
    bench.stroke.value = { ...stroke, places: [...stroke.places, vertex.at], over: undefined, done: true }
    await bench.edit({ type: 'redraw', from, to: vertex.at, through: stroke.places.slice(1).map(rounded) })
  }

  /** Takes the last place of the line away. */
  back(): void {
    const { bench } = this
    const stroke = bench.stroke.value
    if (!stroke) return
    const places = stroke.places.slice(0, -1)
    bench.stroke.value = places.length === 0 ? undefined : { ...stroke, places, done: false, over: undefined }
  }

  /** Lets go; whether there was anything to let go of. */
  cancel(): boolean {
    const { bench } = this
    const had = bench.held.value || bench.stroke.value || bench.vertex.value || bench.refused.value
    this.grip = undefined
    bench.letGo()
    bench.refused.value = undefined
    if (had) return true
    const chose = bench.chosen.value.length > 0
    bench.choose([])
    return chose
  }

  /** Goes on to the next vertex of the cell that is chosen; while a line is drawn the keys' own pointer goes there. */
  turn(by: 1 | -1): void {
    const { bench, drawing } = this
    const cell = bench.stroke.value?.cell ?? bench.chosen.value[0]
    if (!drawing || !cell) return
    const places = drawing.rings(cell).flatMap((ring) => ring.places)
    if (places.length === 0) return
    const now = this.draws ? bench.cursor.value : bench.vertex.value
    const at = now ? places.findIndex((one) => same(one, now)) : -1
    const next = places[(at + (at < 0 && by < 0 ? 0 : by) + places.length) % places.length] as LonLat
    if (this.draws) {
      bench.cursor.value = next
      this.over(next)
    } else {
      bench.held.value = undefined
      bench.vertex.value = next
    }
  }

  /** Moves the chosen vertex, or the keys' own pointer, by so many degrees; it is sent once it is confirmed. */
  nudge(east: number, north: number): void {
    const { bench, drawing } = this
    if (!drawing) return
    if (this.draws) {
      const from = bench.cursor.value ?? bench.stroke.value?.places.at(-1) ?? drawing.cells.get(bench.chosen.value[0] ?? '')?.at
      if (!from) return
      bench.cursor.value = rounded([from[0] + east, from[1] + north])
      this.over(bench.cursor.value)
    } else if (bench.vertex.value) {
      const now = bench.held.value?.edit.type === 'move_vertex' ? bench.held.value.edit.to : bench.vertex.value
      this.moveTo([now[0] + east, now[1] + north])
    }
  }

  /** Holds the chosen vertex at a place. */
  moveTo(to: LonLat): void {
    const { bench, drawing } = this
    const from = bench.vertex.value
    if (drawing && from) this.hold({ type: 'move_vertex', from, to: rounded(to) }, movedVertex(drawing, from, to))
  }

  /** Takes the chosen vertex out of its border. */
  async remove(): Promise<void> {
    const { bench, drawing } = this
    const at = bench.vertex.value
    const [arc, ...others] = at && drawing ? drawing.passing(at) : []
    if (!at || !arc || others.length > 0) return
    const place = arc.line.findIndex((one) => same(one, at))
    const [from, to] = [arc.line[place - 1], arc.line[place + 1]]
    if (from && to) await bench.edit({ type: 'redraw', from, to, through: [] })
  }

  private aim(at: LonLat): { at: LonLat; to: string } {
    const { bench, drawing } = this
    const cell = bench.stroke.value?.cell ?? bench.chosen.value[0]
    const onBorder = drawing && cell && bench.tool.value !== 'redraw' ? snapToBorder(drawing, cell, at, this.reach()) : undefined
    if (onBorder && onBorder.to !== 'none') return onBorder
    const vertex = bench.tool.value === 'redraw' ? drawing?.vertexNear(at, this.reach(), (arc) => !isOuter(arc)) : undefined
    if (vertex) return { at: vertex.at, to: 'vertex' }
    return bench.guides.value?.snap(at, this.reach()) ?? { at: rounded(at), to: 'none' }
  }

  private gripAt(at: LonLat): Grip | undefined {
    const { bench, open: drawing } = this
    if (!drawing) return undefined
    if (bench.tool.value === 'border') {
      const on = drawing.edgeNear(at, this.reach(), (arc) => !isOuter(arc))
      return on && { kind: 'arc', arc: on.arc, start: at }
    }
    if (bench.tool.value !== 'select' || bench.chosen.value.length === 0) return undefined
    const own = (arc: Arc): boolean => bench.chosen.value.some((cell) => cell === arc.left || cell === arc.right)
    const vertex = drawing.vertexNear(at, this.reach(), own)
    if (vertex) return isFree(vertex) ? { kind: 'vertex', from: vertex.at } : undefined
    const on = drawing.edgeNear(at, this.reach() * 0.6, (arc) => own(arc) && !isOuter(arc))
    return on && { kind: 'edge', on }
  }

  private pull(grip: Grip, at: LonLat): { edit: Edit; lines: Lines } | undefined {
    const { drawing } = this
    if (!drawing) return undefined
    if (grip.kind === 'arc') {
      const by: LonLat = rounded([at[0] - grip.start[0], at[1] - grip.start[1]])
      const on = grip.arc.line[Math.floor(grip.arc.line.length / 2)] as LonLat
      if (grip.arc.line.length > 2) return { edit: { type: 'move_arc', on, by }, lines: movedArc(drawing, grip.arc, by) }
      // A straight border has nothing between its ends: it gets a vertex where it was taken.
      return { edit: { type: 'redraw', from: grip.arc.line[0] as LonLat, to: grip.arc.line[1] as LonLat, through: [rounded(at)] }, lines: bent(grip.arc, 0, at) }
    }
    const to = this.bench.guides.value?.snap(at, this.reach()).at ?? rounded(at)
    if (grip.kind === 'vertex') return { edit: { type: 'move_vertex', from: grip.from, to }, lines: movedVertex(drawing, grip.from, to) }
    const { arc, edge } = grip.on
    return { edit: { type: 'redraw', from: arc.line[edge] as LonLat, to: arc.line[edge + 1] as LonLat, through: [to] }, lines: bent(arc, edge, to) }
  }

  private hold(edit: Edit, lines: Lines): void {
    const { bench, drawing } = this
    if (!drawing) return
    bench.refused.value = undefined
    bench.held.value = { edit, lines, effects: effects(drawing, lines, bench.households), crossing: firstCrossing(drawing, lines) }
  }
}
