import { inject, ref, shallowRef, type InjectionKey } from 'vue'
import type { LonLat } from '@core/model'
import { asTrouble, type Trouble } from '@core/trouble'
import type { Text } from '@core/text'
import { cutOf, type Cut } from '@core/grid/cut'
import { Drawing, type Lines } from '@core/grid/drawing'
import type { Arc, Change, Draft, Drafts, DrawingData, Edit, Shape, Suggestion } from '@core/grid/drafts'
import { Households } from '@core/grid/households'
import { placeOf } from '@core/grid/refusal'
import type { Effect } from '@core/grid/shift'
import { Guides } from '@core/grid/snap'

export type Tool = 'select' | 'border' | 'redraw' | 'split' | 'hand'
export const TOOLS: readonly { tool: Tool; key: string }[] = [
  { tool: 'select', key: 'v' },
  { tool: 'border', key: 'b' },
  { tool: 'redraw', key: 'r' },
  { tool: 'split', key: 's' },
  { tool: 'hand', key: 'h' },
]

/** Borders held by the pointer or the keys: how they would lie, and what that would change. */
export interface Held { edit: Edit; lines: Lines; effects: Effect[]; crossing: LonLat | undefined }
/** A line that is being drawn: over which cell, and whether it has come to its end. */
export interface Stroke { cell: string | undefined; places: LonLat[]; over: LonLat | undefined; done: boolean }
/** An edit that the server did not make, with what was tried, so that nothing drawn is lost. */
export interface Refused { text: Text; at: LonLat | undefined; tried: (readonly LonLat[])[]; edit: Edit | undefined; trouble: Trouble }
/** What looks different now; `all` when the drawing was read anew. */
export type Touched = 'all' | { arcs: Set<Arc['id']>; cells: Set<string> }

/** A draft on the bench: the drawing as the server has it, and what somebody is about to do to it. */
export class Workbench {
  readonly phase = ref<'loading' | 'content' | 'trouble'>('loading')
  readonly trouble = shallowRef<Trouble | null>(null)
  readonly draft = shallowRef<Draft | null>(null)
  /** Counts what was applied to the drawing, which itself is not watched. */
  readonly tick = ref(0)
  readonly tool = ref<Tool>('select')
  readonly chosen = shallowRef<readonly string[]>([])
  /** The vertex that the keys move. */
  readonly vertex = shallowRef<LonLat | undefined>()
  readonly held = shallowRef<Held | undefined>()
  readonly stroke = shallowRef<Stroke | undefined>()
  /** Where the keys point while a line is drawn. */
  readonly cursor = shallowRef<LonLat | undefined>()
  readonly refused = shallowRef<Refused | undefined>()
  readonly busy = ref(false)
  readonly guides = shallowRef<Guides | undefined>()
  /** How many households a cell is to have. */
  readonly goal = ref({ least: 300, most: 500 })
  drawing: Drawing | undefined
  shapes: Shape[] = []
  bounds: DrawingData['bounds'] | undefined
  households: Households | undefined
  private readonly hearers = new Set<(touched: Touched) => void>()
  private queue: Promise<unknown> = Promise.resolve()

  constructor(
    readonly drafts: Drafts,
    readonly id: string,
  ) {}

  /** Hears what looks different after each change. */
  onTouched(hear: (touched: Touched) => void): () => void {
    this.hearers.add(hear)
    return () => this.hearers.delete(hear)
  }

  async open(): Promise<void> {
    this.phase.value = 'loading'
    try {
      const draft = await this.drafts.one(this.id)
      // Without their places households are counted by the server alone, after each edit.
      const [data, points] = await Promise.all([this.drafts.drawing(this.id), draft.points ? this.drafts.points(this.id).catch(() => undefined) : undefined])
      this.households = points && new Households(points, data.bounds)
      this.draft.value = { ...draft, version: data.version }
      this.draw(data)
      this.phase.value = 'content'
    } catch (error) {
      const trouble = asTrouble(error)
      this.trouble.value = trouble
      this.phase.value = 'trouble'
      // What is drawn stays, and so does the word of what went wrong.
      if (this.drawing) this.refused.value = { text: trouble.problem.text, at: undefined, tried: [], edit: undefined, trouble }
    }
  }

  /** Shows a whole drawing: the draft's own, or how a repair would make it. */
  draw(data: DrawingData): void {
    this.bounds = data.bounds
    this.shapes = data.shapes
    this.drawing = new Drawing(data, data.version)
    this.letGo()
    this.chosen.value = this.chosen.value.filter((cell) => this.drawing?.cells.has(cell))
    this.tell('all')
  }

  /** Makes an edit; whether it was made. One after the other, however quickly they come. */
  edit(edit: Edit): Promise<boolean> {
    const tried = this.held.value ? [...this.held.value.lines.values()] : this.stroke.value ? [this.stroke.value.places] : []
    return this.queued((version) => this.drafts.edit(this.id, version, edit), edit, tried)
  }

  step(which: 'undo' | 'redo'): Promise<boolean> {
    return this.queued((version) => this.drafts.step(this.id, version, which), undefined, [])
  }

  suggest(wish: Suggestion): Promise<boolean> {
    return this.queued((version) => this.drafts.suggest(this.id, version, wish), undefined, [])
  }

  /** Reads the drawing again: after a repair, other points, or where somebody else changed it. */
  async reload(): Promise<void> {
    const chosen = this.chosen.value
    await this.open()
    this.chosen.value = chosen.filter((cell) => this.drawing?.cells.has(cell))
  }

  choose(cells: readonly string[]): void {
    this.chosen.value = cells
    this.vertex.value = undefined
  }

  use(tool: Tool): void {
    this.letGo()
    this.tool.value = tool
  }

  /** Lets go of what is held or drawn. */
  letGo(): void {
    this.held.value = undefined
    this.stroke.value = undefined
    this.vertex.value = undefined
    this.cursor.value = undefined
  }

  /** The two pieces that the line drawn would make. */
  cut(): Cut | undefined {
    const stroke = this.stroke.value
    if (!this.drawing || !stroke?.cell || (this.tool.value !== 'split' && this.tool.value !== 'hand')) return undefined
    const places = stroke.over && !stroke.done ? [...stroke.places, stroke.over] : stroke.places
    return cutOf(this.drawing, stroke.cell, places, this.households)
  }

  private queued(change: (version: number) => Promise<Change>, edit: Edit | undefined, tried: (readonly LonLat[])[]): Promise<boolean> {
    const next = this.queue.then(() => this.make(change, edit, tried))
    this.queue = next
    return next
  }

  private async make(change: (version: number) => Promise<Change>, edit: Edit | undefined, tried: (readonly LonLat[])[]): Promise<boolean> {
    this.busy.value = true
    try {
      this.take(await change(this.draft.value?.version ?? 0))
      this.refused.value = undefined
      return true
    } catch (error) {
      const trouble = asTrouble(error)
      this.held.value = undefined
      this.refused.value = { text: trouble.problem.text, at: placeOf(trouble), tried, edit, trouble }
      if (trouble.problem.code === 'changed') await this.reload()
      return false
    } finally {
      this.busy.value = false
    }
  }

  /** Takes over what the server changed. */
  private take(change: Change): void {
    this.draft.value = change.draft
    if (change.drawing) {
      this.draw(change.drawing)
      return
    }
    if (!this.drawing) return
    const touched = this.drawing.apply(change)
    this.letGo()
    this.chosen.value = this.chosen.value.filter((cell) => this.drawing?.cells.has(cell))
    this.tell(touched)
  }

  private tell(touched: Touched): void {
    this.tick.value += 1
    for (const hear of this.hearers) hear(touched)
  }
}

export const WORKBENCH: InjectionKey<Workbench> = Symbol('workbench')

/** The bench, within the editor. */
export function useWorkbench(): Workbench {
  const bench = inject(WORKBENCH)
  if (!bench) throw new Error('no workbench was provided')
  return bench
}
