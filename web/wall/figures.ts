import type { Step } from './flow'

/** What went in and out on a day, up to a sequence number. */
export interface DayFigures {
  day: string
  in: number
  out: number
  inTime: number
  /** By hour of the town's day; empty where it is not known. */
  hours: { in: number; out: number }[]
  /** The journal's sequence number up to which it counts. */
  head: number
}

/** A day on which nothing happened yet. */
export function blankDay(day: string, head: number, hours = true): DayFigures {
  return { day, in: 0, out: 0, inTime: 0, hours: hours ? Array.from({ length: 24 }, () => ({ in: 0, out: 0 })) : [], head }
}

/** The figures after a step: those of another day begin anew, what was counted already is not counted again. */
export function count(figures: DayFigures, step: Step, dayOf: (at: number) => string, hourOf: (at: number) => number): DayFigures {
  if (step.seq <= figures.head || (!step.opens && !step.closes)) return figures
  const day = dayOf(step.at)
  if (day < figures.day) return figures
  const base = day > figures.day ? blankDay(day, figures.head) : figures
  const hour = hourOf(step.at)
  return {
    ...base,
    in: base.in + Number(step.opens),
    out: base.out + Number(step.closes),
    inTime: base.inTime + Number(step.closes && step.inTime),
    hours: base.hours.map((one, at) => (at === hour ? { in: one.in + Number(step.opens), out: one.out + Number(step.closes) } : one)),
    head: step.seq,
  }
}

/** The share of what went out in time; undefined while nothing went out. */
export function inTimeShare(figures: DayFigures): number | undefined {
  return figures.out > 0 ? Math.min(1, figures.inTime / figures.out) : undefined
}
