import { alarms, turn, type Turn } from './alarm'
import type { Rules, WallCase } from './case'
import { Chains } from './chains'
import { Director, type Beat } from './director'
import { blankDay, count, type DayFigures } from './figures'
import { Flow, type Told } from './flow'
import { Marks } from './marks'
import { Pulse } from './scenes'

/** What the model must know of the town. */
export interface ModelOptions {
  rules: (kind: string) => Rules | undefined
  /** The server's clock. */
  now: () => number
  /** The time that the picture shows: the same, or that of a day played again. */
  shown: () => number
  dayOf: (at: number) => string
  hourOf: (at: number) => number
}

/** An entry younger than this has a ring and a path; older ones are taken without show. */
const FRESH_MS = 5000

/** Everything that the wall shows, without anything on how. Marks change when an entry arrives; cards, figures and the
 * ticker with the next beat. */
export class WallModel {
  readonly flow: Flow
  readonly marks = new Marks()
  readonly chains = new Chains()
  readonly pulse: Pulse
  readonly director: Director
  figures: DayFigures
  /** The last sequence number whose mark is on the map. */
  marked = 0
  /** Told after each beat. */
  onBeat: (beat: Beat) => void = () => {}
  /** Told when marks changed. */
  onMarks: () => void = () => {}

  constructor(readonly options: ModelOptions) {
    this.flow = new Flow(options.rules)
    this.figures = blankDay(options.dayOf(options.shown()), 0, false)
    this.pulse = new Pulse(options.now())
    this.director = new Director(this.flow, options.now, (beat) => this.beat(beat))
  }

  /** Begins anew from what was read: up to `seq`. */
  reset(cases: readonly WallCase[], seq: number, figures: DayFigures): void {
    this.director.clear()
    this.flow.reset(cases, seq)
    this.chains.clear()
    this.figures = figures
    this.marks.reset(this.flow.open.values())
    this.marked = seq
    this.onMarks()
  }

  /** Takes an entry that happened at `at` by the server's clock. */
  arrive(told: Told, at: number): void {
    const rules = this.options.rules(told.entry.kind)
    if (!rules || told.seq <= this.flow.seq) return
    this.mark(told, at, rules)
    this.director.take({ ...told, at })
    this.pulse.add(at)
  }

  /** Takes entries as history: all at once, without show. */
  recount(history: readonly Told[]): void {
    for (const told of history) {
      const step = this.flow.apply(told)
      if (!step) continue
      this.figures = count(this.figures, step, this.options.dayOf, this.options.hourOf)
      this.chains.add(step)
    }
    this.marks.reset(this.flow.open.values())
    this.marked = this.flow.seq
    this.onMarks()
  }

  /** Puts figures that the server counted in place of those counted here, unless they are older. */
  correct(figures: DayFigures): void {
    if (figures.day > this.figures.day || figures.head >= this.figures.head) this.figures = figures
  }

  /** A case that was read since too little of it was known. */
  learn(one: WallCase): void {
    this.flow.learn(one)
  }

  /** The case that takes the centre now, and how many wait to. */
  alarm(now: number): (Turn & { count: number; one: WallCase }) | undefined {
    const all = alarms(this.flow.open.values(), this.options.rules, this.options.shown())
    const found = turn(all, now)
    const one = found && this.flow.get(found.alarm.id)
    return found && one ? { ...found, count: all.length, one } : undefined
  }

  private beat(beat: Beat): void {
    for (const step of beat.steps) {
      this.figures = count(this.figures, step, this.options.dayOf, this.options.hourOf)
      this.chains.add(step)
    }
    const today = this.options.dayOf(this.options.shown())
    if (today > this.figures.day) this.figures = blankDay(today, this.flow.seq, this.figures.hours.length > 0)
    for (const id of this.flow.tick(this.options.shown())) this.marks.late(id)
    this.onMarks()
    this.onBeat(beat)
  }

  private mark(told: Told, at: number, rules: Rules): void {
    const { entry, record } = told
    const known = this.flow.get(entry.record)
    const earlier = this.marks.all.get(entry.record)
    const state = entry.state ?? known?.state ?? record?.state
    const stage = state === undefined ? earlier?.stage : (rules.stage(state) ?? earlier?.stage)
    const place = entry.place ?? known?.place ?? record?.place ?? earlier?.place
    const start = this.options.now() - at < FRESH_MS ? at : undefined
    this.marked = Math.max(this.marked, told.seq)
    if (state !== undefined && rules.final(state)) this.marks.settle(entry.record, start)
    else if (stage && place) {
      const late = entry.late ? true : record && record.version === entry.version ? record.late : (earlier?.late ?? false)
      this.marks.show(entry.record, { place, stage, late }, start)
    } else return
    this.onMarks()
  }
}
