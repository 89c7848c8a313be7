// @vitest-environment node
import { afterEach, expect, test, vi } from 'vitest'
import type { LiveOptions } from '@core/live'
import { Browser, type Tab } from './browser'
import { chance, FakeTown } from './town'

const QUICK: LiveOptions = { silenceMs: 5000, againMs: 1, mostMs: 4 }
const upTo = (to: number, from = 1): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => at + from)
/** Waits as long as a busy machine needs. */
const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 20_000 })
vi.setConfig({ testTimeout: 60_000 })
const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

let tabs: Tab[] = []
function opened(count: number, town: FakeTown, options = QUICK): { browser: Browser; tabs: Tab[] } {
  const browser = new Browser(town)
  tabs = Array.from({ length: count }, () => browser.open(options))
  for (const tab of tabs) tab.live.start(0)
  return { browser, tabs }
}
afterEach(() => {
  for (const tab of tabs) tab.live.stop()
})

test('ten tabs hold one connection, and each is told everything', async () => {
  const town = new FakeTown(chance(1))
  for (let n = 0; n < 5; n++) town.step()
  const { browser } = opened(10, town)
  await soon(() => expect(tabs.map((tab) => tab.live.state.phase)).toEqual(tabs.map(() => 'live')))
  expect(browser.lines).toBe(1)
  for (let n = 0; n < 20; n++) town.step()
  await soon(() => expect(tabs.map((tab) => tab.seqs.length)).toEqual(tabs.map(() => 25)))
  for (const tab of tabs) expect(tab.seqs).toEqual(upTo(25))
  expect(tabs.every((tab) => tab.live.state.head === 25)).toBe(true)
})

test('the leader closes while things happen: the others miss nothing and hear nothing twice', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = chance(seed)
    const town = new FakeTown(random)
    const { browser } = opened(5, town)
    for (let n = 0; n < 80; n++) {
      if (random(3) > 0) town.step()
      if (random(9) === 0) town.cut()
      if (random(12) === 0 && browser.tabs.length > 1) browser.tabs.find((tab) => tab.lines > 0)?.close()
      if (random(12) === 0) browser.tabs[random(browser.tabs.length)]?.live.start()
      if (random(3) === 0) await turn(random(4))
    }
    const left = browser.tabs
    await soon(() => expect(left.map((tab) => tab.seqs.length)).toEqual(left.map(() => town.head)))
    for (const tab of left) expect(tab.seqs).toEqual(upTo(town.head))
    await soon(() => expect(browser.lines).toBe(1))
    for (const tab of [...left]) tab.close()
  }
})

test('a frozen leader has the lead taken away, and follows when it wakes', async () => {
  const town = new FakeTown(chance(5))
  const { browser } = opened(3, town)
  await soon(() => expect(tabs.every((tab) => tab.live.state.phase === 'live')).toBe(true))
  const leader = tabs.find((tab) => tab.lines > 0) as Tab
  const others = tabs.filter((tab) => tab !== leader)
  leader.freeze()
  for (let n = 0; n < 7; n++) town.step()
  await soon(() => expect(others.map((tab) => tab.seqs)).toEqual([upTo(7), upTo(7)]))
  leader.thaw()
  town.step()
  await soon(() => expect(tabs.map((tab) => tab.seqs)).toEqual([upTo(8), upTo(8), upTo(8)]))
  await soon(() => expect(browser.lines).toBe(1))
  expect(leader.lines).toBe(0)
})

test('a leader whose line fell silent, without its noticing, has the lead taken away', async () => {
  const town = new FakeTown(chance(5))
  const browser = new Browser(town)
  const slow = browser.open({ ...QUICK, silenceMs: 60_000 })
  slow.live.start(0)
  await soon(() => expect(slow.live.state.phase).toBe('live'))
  tabs = [slow, browser.open({ ...QUICK, silenceMs: 30 })]
  tabs[1]?.live.start(0)
  await soon(() => expect(slow.lines).toBe(0))
  expect(browser.lines).toBe(1)
})

test('who comes from further back than the others keep is told all the same', async () => {
  const town = new FakeTown(chance(7))
  for (let n = 0; n < 900; n++) town.step()
  const browser = new Browser(town)
  tabs = [browser.open(QUICK), browser.open(QUICK), browser.open(QUICK)]
  const [first, far, near] = tabs as [Tab, Tab, Tab]
  first.live.start()
  await soon(() => expect(first.live.state.phase).toBe('live'))
  near.live.start(899)
  far.live.start(100)
  await soon(() => expect(far.seqs.length).toBe(800))
  town.step()
  await soon(() => expect(far.seqs).toEqual(upTo(901, 101)))
  expect([first.seqs, near.seqs]).toEqual([[901], [900, 901]])
  expect(browser.lines).toBe(1)
})

test('who is too far behind reads anew, and the others go on', async () => {
  const town = new FakeTown(chance(7))
  for (let n = 0; n < 50; n++) town.step()
  town.furthest = 20
  const browser = new Browser(town)
  tabs = [browser.open(QUICK), browser.open(QUICK)]
  const [first, far] = tabs as [Tab, Tab]
  first.live.start()
  await soon(() => expect(first.live.state.phase).toBe('live'))
  far.live.start(3)
  await soon(() => expect(far.live.state.phase).toBe('stale'))
  far.live.start()
  await soon(() => expect([first, far].map((tab) => tab.live.state.phase)).toEqual(['live', 'live']))
  town.step()
  await soon(() => expect([first.seqs, far.seqs]).toEqual([[51], [51]]))
})

test('a line cut for all is told to all', async () => {
  const town = new FakeTown(chance(2))
  opened(3, town)
  await soon(() => expect(tabs.every((tab) => tab.live.state.phase === 'live')).toBe(true))
  const heard = tabs.map((tab) => {
    const phases: string[] = []
    tab.live.on('state', (state) => phases.push(state.phase))
    return phases
  })
  town.cut()
  await soon(() => expect(heard.map((phases) => phases.slice(0, 2))).toEqual(heard.map(() => ['cut', 'live'])))
})

test('a glance reads what happened and holds no connection', async () => {
  const town = new FakeTown(chance(3))
  const browser = new Browser(town)
  tabs = [browser.open({ ...QUICK, glanceMs: 20 })]
  const [tab] = tabs as [Tab]
  tab.live.start(0)
  for (let n = 0; n < 6; n++) town.step()
  await soon(() => expect(tab.seqs).toEqual(upTo(6)))
  await soon(() => expect(browser.lines).toBe(0))
  town.step()
  await soon(() => expect(tab.seqs).toEqual(upTo(7)))
  expect(tab.live.state.phase).toBe('live')
})
