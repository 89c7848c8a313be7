import { describe, expect, it } from 'vitest'
import { alarms, GRACE_MS, STANDS_MS, turn, TURN_MS } from '../../wall/alarm'
import { Chains } from '../../wall/chains'
import { BEAT_MS, Director, SLACK_MS, type Beat } from '../../wall/director'
import { blankDay, count, inTimeShare } from '../../wall/figures'
import { Flow, type Step } from '../../wall/flow'
import { Marks } from '../../wall/marks'
import { QUIET_ENTRIES, QUIET_MS, Pulse, SCENE_MS, sceneAt } from '../../wall/scenes'
import { DAY, iso, PLACE, rules, told } from './cases'

const step = (seq: number, more: Partial<Step> = {}): Step => ({ seq, id: `r${seq}`, kind: 'k', at: DAY + seq, action: 'report', actor: 'public', from: null, to: 'report', opens: true, closes: false, inTime: true, ...more })

describe('beats', () => {
  const start = Math.ceil(DAY / BEAT_MS)
  const at = (beat: number): number => (start + beat) * BEAT_MS

  it('show the same on every screen, whenever entries arrive there', () => {
    const beats = (delay: (seq: number) => number): number[][] => {
      const seen: number[][] = []
      const flow = new Flow(rules)
      const director = new Director(flow, () => 0, (beat: Beat) => seen.push(beat.steps.map((one) => one.seq)))
      const entries = Array.from({ length: 40 }, (_, n) => ({ ...told(n + 1, `r${n}`, 1, 'reported'), at: at(0) + n * 333 }))
      const arrivals = entries.map((one) => ({ one, when: one.at + delay(one.seq) })).sort((a, b) => a.when - b.when)
      for (let beat = 1; beat <= 9; beat++) {
        while (arrivals[0] && arrivals[0].when <= at(beat)) director.take(arrivals.shift()!.one)
        director.beat(start + beat)
      }
      return seen
    }
    const quick = beats(() => 5)
    expect(beats((seq) => (seq * 97) % SLACK_MS)).toEqual(quick)
    expect(quick.flat()).toEqual([...quick.flat()].sort((a, b) => a - b))
  })

  it('take what is old without show, and no beat twice', () => {
    const seen: Beat[] = []
    const director = new Director(new Flow(rules), () => 0, (beat) => seen.push(beat))
    director.take({ ...told(1, 'old', 1, 'reported'), at: at(0) - 60_000 })
    director.take({ ...told(2, 'new', 1, 'reported'), at: at(1) - SLACK_MS - 1 })
    director.beat(start + 1)
    director.beat(start + 1)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.steps.map((one) => one.id)).toEqual(['old', 'new'])
    expect(seen[0]?.fresh.map((one) => one.id)).toEqual(['new'])
  })
})

describe('figures', () => {
  const dayOf = (when: number): string => new Date(when + 8 * 3_600_000).toISOString().slice(0, 10)
  const hourOf = (when: number): number => Math.floor((when - DAY) / 3_600_000)

  it('count each entry once, and begin anew at midnight in the town', () => {
    let figures = blankDay('2026-03-02', 10)
    for (const one of [step(9), step(11), step(12, { opens: false, closes: true }), step(12, { opens: false, closes: true }), step(13, { opens: false, closes: true, inTime: false })]) {
      figures = count(figures, one, dayOf, hourOf)
    }
    expect(figures).toMatchObject({ in: 1, out: 2, inTime: 1, head: 13 })
    expect(figures.hours[0]).toEqual({ in: 1, out: 2 })
    expect(inTimeShare(figures)).toBe(0.5)
    expect(count(figures, step(14, { at: DAY + 86_400_000 }), dayOf, () => 0)).toMatchObject({ day: '2026-03-03', in: 1, out: 0 })
  })

  it('have no share while nothing went out', () => {
    expect(inTimeShare(blankDay('2026-03-02', 0))).toBeUndefined()
  })
})

describe('alarms', () => {
  const flow = (): Flow => {
    const made = new Flow(rules)
    made.apply(told(1, 'urgent', 1, 'reported', { set: { category: 'gas', severity: 'urgent' }, time: iso(DAY) }, { opened: iso(DAY) }))
    made.apply(told(2, 'calm', 1, 'reported'))
    return made
  }
  const ids = (made: Flow, now: number): string[] => alarms(made.open.values(), rules, now).map((one) => one.id)

  it('call for somebody when nobody takes up what is urgent', () => {
    expect(ids(flow(), DAY + GRACE_MS - 1)).toEqual([])
    expect(ids(flow(), DAY + GRACE_MS)).toEqual(['urgent'])
  })

  it('end when somebody does anything about it, and not when a clock does', () => {
    const made = flow()
    made.apply(told(3, 'urgent', 2, undefined, { actor: 'system', late: { level: 1, due: iso(DAY), case: false, told: [] } }))
    expect(ids(made, DAY + 60_000)).toEqual(['urgent'])
    made.apply(told(4, 'urgent', 3, undefined, { action: 'note' }))
    expect(ids(made, DAY + 60_000)).toEqual([])
  })

  it('call for somebody when lateness has climbed the whole chain', () => {
    const made = flow()
    const late = (seq: number, version: number, level: number): void => void made.apply(told(seq, 'calm', version, undefined, { actor: 'system', late: { level, due: iso(DAY), case: true, told: [] } }))
    late(3, 2, 2)
    expect(ids(made, DAY + 1000)).toEqual([])
    late(4, 3, 3)
    expect(ids(made, DAY + 1000)).toEqual(['calm'])
    made.apply(told(5, 'calm', 4, 'registered'))
    expect(ids(made, DAY + 1000)).toEqual([])
  })

  it('take turns by the clock', () => {
    const all = ['a', 'b', 'c'].map((id) => ({ id, why: 'urgent' as const, since: 0 }))
    expect([0, 1, 2, 3].map((n) => turn(all, n * TURN_MS)?.alarm.id)).toEqual(['a', 'b', 'c', 'a'])
    expect(turn([], 5)).toBeUndefined()
  })

  it('that stand for hours leave the picture to the rest of each minute', () => {
    const all = ['a', 'b'].map((id) => ({ id, why: 'beyond' as const, since: 0 }))
    const minute = 60_000 * Math.ceil(STANDS_MS / 60_000)
    expect(turn(all, minute)?.alarm.id).not.toBe(turn(all, minute + 60_000)?.alarm.id)
    expect(turn(all, minute + TURN_MS)).toBeUndefined()
    expect(turn([...all, { id: 'u', why: 'urgent', since: 0 }], minute + TURN_MS)?.alarm.id).toBe('u')
  })
})

describe('many cases late beyond their chain', () => {
  const all = ['a', 'b', 'c', 'd'].map((id) => ({ id, why: 'beyond' as const, since: 0 }))
  it('are told together, for one turn of each minute', () => {
    expect(turn(all, 0)).toMatchObject({ alarm: { id: 'a' }, group: 4 })
    expect(turn(all, TURN_MS)).toBeUndefined()
  })
  it('leave the rest of it to what is urgent', () => {
    const urgent = { id: 'u', why: 'urgent' as const, since: 0 }
    expect(turn([...all, urgent], TURN_MS)).toMatchObject({ alarm: { id: 'u' }, group: 0 })
  })
})

describe('scenes', () => {
  it('rotate while all is quiet, stay with the flow otherwise, and never leave one that is pinned', () => {
    const rounds = Array.from({ length: 6 }, (_, n) => sceneAt(n * SCENE_MS, true, undefined))
    expect(new Set(rounds)).toEqual(new Set(['flow', 'cells', 'duty', 'month']))
    expect(sceneAt(SCENE_MS, false, undefined)).toBe('flow')
    expect(sceneAt(SCENE_MS, false, 'month')).toBe('month')
  })

  it('call quiet only what was watched long enough and had few entries', () => {
    const pulse = new Pulse(0)
    expect(pulse.quiet(QUIET_MS - 1)).toBe(false)
    expect(pulse.quiet(QUIET_MS)).toBe(true)
    for (let n = 0; n < QUIET_ENTRIES; n++) pulse.add(QUIET_MS)
    expect(pulse.quiet(QUIET_MS + 1)).toBe(false)
    expect(pulse.quiet(3 * QUIET_MS)).toBe(true)
  })
})

describe('what is remembered', () => {
  it('is bounded over eight hours at a hundred entries a minute', () => {
    const chains = new Chains()
    const marks = new Marks()
    for (let n = 0; n < 8 * 60 * 100; n++) {
      chains.add(step(n))
      marks.show(`r${n}`, { place: PLACE, stage: 'report', late: false }, n)
      marks.settle(`r${n - 50}`, n)
    }
    expect(chains.best(1000, DAY)).toHaveLength(80)
    expect(marks.all.size).toBe(50)
    expect(marks.rings.length).toBeLessThanOrEqual(28)
    expect(marks.takeChanged()).toBeUndefined()
    expect(marks.ringsAt(Number.MAX_SAFE_INTEGER)).toEqual([])
  })

  it('tells stories before single events', () => {
    const chains = new Chains()
    chains.add(step(1, { id: 'story' }))
    chains.add(step(2, { id: 'story' }))
    chains.add(step(3, { id: 'single' }))
    expect(chains.best(1, DAY + 10).map((one) => one.id)).toEqual(['story'])
    expect(chains.best(1, DAY + 100_000).map((one) => one.id)).toEqual(['single'])
  })
})
