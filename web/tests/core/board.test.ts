// @vitest-environment node
import { expect, test, vi } from 'vitest'
import { Board, type BoardChange, type BoardOptions, type BoardRecord } from '@core/board'
import { Feed } from '@core/feed'
import { Live } from '@core/live'
import { matcher } from '@core/match'
import { Book } from '@core/kind'
import type { CaseRecord } from '@core/model'
import { chance, FakeTown, START } from './town'

const still = (tell: () => void): void => void tell
const BEFORE_ANY_DEADLINE: BoardOptions = { now: () => START, schedule: still }

/** Both as plain data, whatever order their members came in. */
function same(board: Board, fresh: Board): void {
  const plain = (rows: readonly BoardRecord[]): unknown => rows.map((row) => JSON.parse(JSON.stringify(row)) as unknown)
  expect(plain(board.rows)).toEqual(plain(fresh.rows))
}

test('snapshot + stream = fresh read, for every order, with and without a filter', () => {
  const filters = [undefined, (record: BoardRecord) => !record.closed, (record: BoardRecord) => record.cell === 'cell-1']
  for (let seed = 1; seed <= 30; seed++) {
    const random = chance(seed)
    const town = new FakeTown(random)
    for (let n = random(80); n > 0; n--) town.step()
    const filter = filters[seed % 3]
    const options: BoardOptions = {
      ...BEFORE_ANY_DEADLINE, order: (['newest', 'oldest', 'changed', 'due'] as const)[seed % 4] ?? 'newest', ...(filter ? { filter } : {}),
    }
    const board = new Board(options)
    // Read a little before the stream begins to be heard: what overlaps must not count twice.
    board.reset(town.page({ limit: 1000 }).records)
    const from = Math.max(0, board.seq - random(5))
    for (let n = random(120); n > 0; n--) town.step()
    for (let seq = from + 1; seq <= town.head; seq++) board.apply(town.told(seq))
    board.put(board.gaps().map((id) => structuredClone(town.records.get(id) as CaseRecord)))
    expect(board.gaps()).toEqual([])
    const fresh = new Board(options)
    fresh.reset(town.page({ limit: 1000 }).records)
    same(board, fresh)
    for (const [at, row] of board.rows.entries()) expect(board.indexOf(row.id)).toBe(at)
  }
})

test('a feed reads pages while things happen, and survives cuts and being left behind', async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = chance(seed)
    const town = new FakeTown(random)
    for (let n = 0; n < 120; n++) town.step()
    const api = {
      records: (filter: Parameters<FakeTown['page']>[0] = {}) => {
        const page = town.page({ ...filter, limit: 7 })
        // The town does not wait for slow readers.
        for (let n = random(3); n > 0; n--) town.step()
        return Promise.resolve(page)
      },
      record: (id: string) => Promise.resolve(structuredClone(town.records.get(id) as CaseRecord)),
    }
    const live = new Live(town, { silenceMs: 5000, againMs: 1, mostMs: 3 })
    const options: BoardOptions = { ...BEFORE_ANY_DEADLINE, filter: (record) => !record.closed }
    live.start()
    const feed = new Feed(api, live, new Board(options), { filter: { open: true } })
    await vi.waitFor(() => expect(feed.state.phase).toBe('ready'))
    for (let n = 0; n < 60; n++) {
      town.step()
      if (random(8) === 0) town.cut()
      if (random(3) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const settled = (): void => {
      expect(live.state.head).toBe(town.head)
      expect(feed.board.gaps()).toEqual([])
      const fresh = new Board(options)
      fresh.reset(town.page({ limit: 1000, open: true }).records)
      same(feed.board, fresh)
    }
    await vi.waitFor(settled)
    // Left far behind: the stream can't go on, and everything is read anew.
    live.stop()
    for (let n = 0; n < 30; n++) town.step()
    town.furthest = 10
    live.start()
    await vi.waitFor(() => expect(live.state.phase).toBe('stale'))
    live.start()
    await vi.waitFor(settled)
    feed.stop()
    live.stop()
  }
})

test('changes are gathered for a frame: what came and left again was never there', () => {
  const town = new FakeTown(chance(9))
  for (let n = 0; n < 40; n++) town.step()
  const frames: (() => void)[] = []
  const board = new Board({ now: () => START, schedule: (tell) => frames.push(tell), filter: (record) => !record.closed })
  const changes: BoardChange[] = []
  board.subscribe((change) => changes.push(change))
  board.reset(town.page({ limit: 1000 }).records)
  expect(frames.length).toBe(1)
  frames.pop()?.()
  expect(changes).toEqual([{ added: [], changed: [], removed: [], reset: true }])
  const [first, second] = board.rows as [BoardRecord, BoardRecord]
  const rows = board.rows
  expect(board.rows).toBe(rows)
  const closed = { ...first, seq: 1000, closed: '2026-03-02T02:00:00Z' }
  board.put([{ ...first, seq: 999 }, closed, { ...second, seq: 1001 }, { ...first, id: 'new', seq: 1002 }, { ...closed, id: 'new', seq: 1003 }])
  expect(frames.length).toBe(1)
  frames.pop()?.()
  expect(changes[1]).toEqual({ added: [], changed: [second.id], removed: [first.id], reset: false })
  expect(board.rows).not.toBe(rows)
  expect(board.seq).toBe(1003)
})

test('records become late by the clock, once', () => {
  const board = new Board({ schedule: still, now: () => START })
  const town = new FakeTown(chance(2))
  town.step()
  board.reset(town.page({}).records)
  const id = board.rows[0]?.id ?? ''
  expect(board.get(id)?.late).toBe(false)
  board.tick(START + 2 * 3_600_000)
  expect(board.get(id)?.late).toBe(true)
  const rows = board.rows
  board.tick(START + 3 * 3_600_000)
  expect(board.rows).toBe(rows)
})

test('10,000 records and a hundred events cost little', () => {
  const town = new FakeTown(chance(4))
  town.step()
  const one = town.page({}).records[0] as CaseRecord
  const many = Array.from({ length: 10_000 }, (_, at) => ({
    ...one, id: `m${at}`, version: 1, seq: at, opened: new Date(START + ((at * 7919) % 10_000) * 1000).toISOString(),
  }))
  let comparisons = 0
  const board = new Board({ schedule: still, order: (a, b) => (comparisons++, a.opened < b.opened ? 1 : a.opened > b.opened ? -1 : 0) })
  board.reset(many)
  comparisons = 0
  for (let n = 0; n < 100; n++) board.put([{ ...(many[n * 31] as CaseRecord), seq: 20_000 + n, state: 'triaged' }])
  expect(comparisons / 100).toBeLessThan(60)
  expect(board.size).toBe(10_000)
})

test('a filter as a function is the server’s filter', () => {
  const territory = {
    root: 't', levels: [],
    cells: ['t', 'v', 'v-1'].map((id, at, all) => ({ id, title: {}, level: 'x', leaf: at === 2, label: [0, 0] as [number, number], area_m2: 1, parent: all[at - 1] ?? null })),
  }
  const post = { id: 'h', post: 'clerk', unit: 'u1', title: {}, at: {}, from: '2026-01-01T00:00:00Z' }
  const me = { account: 'a', person: 'p1', name: 'n', posts: [post], creations: [] }
  const town = new FakeTown(chance(2))
  town.step()
  const record: BoardRecord = {
    ...(town.page({}).records[0] as CaseRecord), cell: 'v-1', stage: 'handle', assigned: [{ unit: 'u1', post: 'clerk' }], due: '2026-03-02T02:00:00Z',
    place: [120, 31], reporters: [{ person: 'p1' }],
  }
  const check = (filter: Parameters<typeof matcher>[0], expected: boolean): void => {
    expect(matcher(filter, { book: new Book({ territory }), me, isFound: (id) => id === 'other' })(record), JSON.stringify(filter)).toBe(expected)
  }
  check({}, true)
  check({ kind: 'governance.matter,x.y', cell: 'v', stage: 'triage,handle', open: true, late: false }, true)
  check({ kind: 'x.y' }, false)
  check({ cell: 'elsewhere' }, false)
  check({ stage: 'triage' }, false)
  check({ open: false }, false)
  check({ assignee: 'me' }, true)
  check({ assignee: 'u1' }, true)
  check({ assignee: 'u2' }, false)
  check({ reporter: 'me' }, true)
  check({ box: '119,30,121,32' }, true)
  check({ box: '121,30,122,32' }, false)
  check({ due_from: '2026-03-02T01:00:00Z', due_to: '2026-03-02T03:00:00Z' }, true)
  check({ due_to: '2026-03-02T02:00:00Z' }, false)
  check({ text: 'lamp' }, false)
})
