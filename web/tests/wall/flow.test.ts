import { describe, expect, it } from 'vitest'
import { Flow, type Told } from '../../wall/flow'
import { DAY, iso, rules, told } from './cases'

const MOST = { cards: 5, late: 3, categories: 4 }

/** A random but repeatable history of some cases. */
function history(seed: number, entries: number): Told[] {
  let state = seed
  const random = (): number => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648
  const order = ['reported', 'registered', 'handling', 'handled', 'closed']
  const open: { id: string; version: number }[] = []
  const all: Told[] = []
  for (let seq = 1; seq <= entries; seq++) {
    const one = open[Math.floor(random() * open.length)]
    if (!one || random() < 0.3) {
      open.push({ id: String(seq).padStart(4, '0'), version: 1 })
      all.push(told(seq, String(seq).padStart(4, '0'), 1, 'reported'))
      continue
    }
    one.version++
    all.push(told(seq, one.id, one.version, order[one.version - 1]))
    if (one.version === order.length) open.splice(open.indexOf(one), 1)
  }
  return all
}

function play(all: readonly Told[]): Flow {
  const flow = new Flow(rules)
  for (const one of all) flow.apply(one)
  return flow
}

describe('the flow', () => {
  it('is the same however often an entry arrives', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const all = history(seed, 200)
      const twice = all.flatMap((one, at) => [one, ...all.slice(Math.max(0, at - 3), at)])
      expect(play(twice).summary(MOST)).toEqual(play(all).summary(MOST))
    }
  })

  it('is the same from a snapshot in the middle', () => {
    for (const seed of [7, 8, 9]) {
      const all = history(seed, 240)
      const half = play(all.slice(0, 120))
      const later = new Flow(rules)
      later.reset([...half.open.values(), ...half.closed.values()], 120)
      for (const one of all.slice(100)) later.apply(one)
      expect(later.summary(MOST)).toEqual(play(all).summary(MOST))
    }
  })

  it('counts what is open, by stage, state, cell and category', () => {
    const flow = play([told(1, 'a', 1, 'reported'), told(2, 'b', 1, 'reported'), told(3, 'b', 2, 'registered'), told(4, 'c', 1, 'reported'), told(5, 'c', 2, 'closed')])
    const sum = flow.summary(MOST)
    expect(sum.counts).toEqual({ report: 1, triage: 1, handle: 0, close: 0 })
    expect(sum.states).toEqual([
      { kind: 'governance.matter', state: 'registered', n: 1 },
      { kind: 'governance.matter', state: 'reported', n: 1 },
    ])
    expect([...sum.byCell]).toEqual([['penggan-03', 2]])
    expect(sum.categories).toEqual([{ kind: 'governance.matter', field: 'category', code: 'litter', n: 2 }])
    expect(sum.lanes.close.map((one) => one.id)).toEqual(['c'])
  })

  it('tells what a step was', () => {
    const flow = new Flow(rules)
    expect(flow.apply(told(1, 'a', 1, 'reported'))).toMatchObject({ from: null, to: 'report', opens: true, closes: false })
    expect(flow.apply(told(2, 'a', 2, 'registered'))).toMatchObject({ from: 'report', to: 'triage', opens: false })
    expect(flow.apply(told(3, 'a', 3, undefined))).toMatchObject({ from: 'triage', to: 'triage' })
    expect(flow.apply(told(4, 'a', 4, undefined, { late: { level: 1, due: iso(DAY), case: true, told: [] } }))).toBeDefined()
    expect(flow.apply(told(5, 'a', 5, 'closed'))).toMatchObject({ closes: true, inTime: false })
    expect(flow.apply({ ...told(6, 'p', 1, 'active'), entry: { ...told(6, 'p', 1, 'active').entry, kind: 'town.person' } })).toBeUndefined()
  })

  it('takes up a case again that was closed', () => {
    const flow = play([told(1, 'a', 1, 'reported'), told(2, 'a', 2, 'closed'), told(3, 'a', 3, 'handling')])
    expect(flow.open.get('a')).toMatchObject({ stage: 'handle', closed: null })
    expect(flow.closed.size).toBe(0)
  })

  it('never keeps more than a handful of closed cases', () => {
    const flow = new Flow(rules)
    for (let n = 0; n < 2000; n++) {
      flow.apply(told(2 * n + 1, `r${n}`, 1, 'reported'))
      flow.apply(told(2 * n + 2, `r${n}`, 2, 'closed'))
    }
    expect(flow.open.size).toBe(0)
    expect(flow.closed.size).toBeLessThanOrEqual(60)
    expect(flow.unknown.size).toBe(0)
  })

  it('asks for a case of which it does not know the category, and learns it', () => {
    const flow = new Flow(rules)
    flow.apply(told(9, 'a', 4, 'handling'))
    expect([...flow.unknown]).toEqual(['a'])
    const one = flow.open.get('a')
    if (one) flow.learn({ ...one, counted: { category: 'noise' } })
    expect(flow.unknown.size).toBe(0)
    expect(flow.open.get('a')?.counted).toEqual({ category: 'noise' })
  })

  it('holds no word that somebody wrote', () => {
    const flow = play(history(3, 60))
    expect(JSON.stringify([...flow.open.values(), ...flow.closed.values()])).not.toContain('张三')
  })

  it('calls late what is past its deadline, once', () => {
    const flow = new Flow(rules)
    flow.apply(told(1, 'a', 1, 'reported', {}, { due: iso(DAY + 60_000) }))
    expect(flow.tick(DAY + 59_000)).toEqual([])
    expect(flow.tick(DAY + 61_000)).toEqual(['a'])
    expect(flow.tick(DAY + 62_000)).toEqual([])
    expect(flow.summary(MOST).late).toMatchObject({ count: 1 })
  })
})
