import { describe, expect, it } from 'vitest'
import type { RecordFilter } from '@core/api'
import type { CaseRecord, Page } from '@core/model'
import { compare, type Filter, type Order } from '../../desk/work/filter'
import { CaseList } from '../../desk/work/list'

function record(n: number, more: Partial<CaseRecord> = {}): CaseRecord {
  return {
    id: `r${String(n).padStart(4, '0')}`, kind: 'p.k', pack: 1, state: n % 3 === 0 ? 'new' : 'held', version: 1, seq: n, cell: n % 2 ? 'north' : 'south', fields: {},
    assigned: [], reporters: [], opened: new Date(n * 60_000).toISOString(), changed: new Date(n * 60_000).toISOString(), since: new Date(n * 60_000).toISOString(),
    due: new Date(((n * 7919) % 5000) * 60_000).toISOString(), late: false, late_level: [0, 0], ...more,
  }
}

/** A server that answers as the real one does: filter, order, pages by cursor, and what changed after a sequence number. */
class Town {
  records = new Map<string, CaseRecord>()
  asked = 0
  constructor(count: number) {
    for (let n = 1; n <= count; n += 1) this.put(record(n))
  }
  put(one: CaseRecord): void {
    this.records.set(one.id, one)
  }
  matching(ask: RecordFilter): CaseRecord[] {
    return [...this.records.values()].filter(
      (one) => (!ask.state || ask.state.split(',').includes(one.state)) && (!ask.cell || ask.cell === one.cell) && (ask.since === undefined || one.seq > ask.since),
    )
  }
  fetch = (ask: RecordFilter): Promise<Page> => {
    this.asked += 1
    const all = this.matching(ask).sort(compare((ask.order ?? 'newest') as Order))
    const from = ask.cursor === undefined ? 0 : Number(ask.cursor)
    const to = from + (ask.limit ?? 50)
    return Promise.resolve({ records: all.slice(from, to), next: to < all.length ? String(to) : null })
  }
}

/** What a fresh read of everything would show. */
function fresh(town: Town, filters: readonly Filter[], order: Order): string[] {
  const ids = new Map<string, CaseRecord>()
  for (const filter of filters) for (const one of town.matching({ ...(filter.state ? { state: filter.state.join(',') } : {}), ...(filter.cell ? { cell: filter.cell } : {}) })) ids.set(one.id, one)
  return [...ids.values()].sort(compare(order)).map((one) => one.id)
}

const UNION: Filter[] = [{ state: ['new'] }, { cell: 'north' }]

describe('a list of several questions', () => {
  it('shows after every page a beginning of what a fresh read shows, and in the end all of it', async () => {
    for (const order of ['due', 'newest', 'oldest', 'changed'] as const) {
      const town = new Town(330)
      const list = new CaseList(UNION, order, town.fetch, 40)
      const whole = fresh(town, UNION, order)
      while (await list.more()) {
        const shown = list.records().map((one) => one.id)
        expect(shown).toEqual(whole.slice(0, shown.length))
      }
      expect(list.complete).toBe(true)
      expect(list.records()).toHaveLength(whole.length)
    }
  })

  it('equals a fresh read after any changes it was told of', async () => {
    const town = new Town(200)
    const list = new CaseList(UNION, 'due', town.fetch, 500)
    while (await list.more());
    let seq = 200
    let chance = 12345
    const random = (below: number): number => (chance = (chance * 1103515245 + 12345) % 2147483648) % below
    for (let round = 0; round < 25; round += 1) {
      for (let n = 0; n < 8; n += 1) {
        seq += 1
        const id = 1 + random(230)
        const known = town.records.get(`r${String(id).padStart(4, '0')}`)
        const next = record(id, { seq, version: (known?.version ?? 0) + 1, state: ['new', 'held', 'gone'][random(3)] ?? 'gone', cell: random(2) ? 'north' : 'south' })
        town.put(next)
        list.touch(next.id, seq)
      }
      await list.settle()
      expect(list.records().map((one) => one.id)).toEqual(fresh(town, UNION, 'due'))
    }
  })

  it('tells which records came new, and keeps in question what could not be asked', async () => {
    const town = new Town(10)
    const list = new CaseList([{ state: ['new'] }], 'newest', town.fetch)
    await list.more()
    town.put(record(99, { seq: 11 }))
    list.touch('r0099', 11)
    const works = town.fetch
    const broken = new CaseList([{ state: ['new'] }], 'newest', (ask) => (ask.since === undefined ? works(ask) : Promise.reject(new Error('away'))))
    await broken.more()
    broken.touch('r0099', 11)
    await expect(broken.settle()).rejects.toThrow('away')
    expect(broken.unsettled).toBe(true)
    expect(await list.settle()).toEqual(['r0099'])
    expect(list.records()[0]?.id).toBe('r0099')
  })
})
