// @vitest-environment node
import { expect, test, vi } from 'vitest'
import { Trouble } from '@core/api'
import { Live, type LiveOptions } from '@core/live'
import { problem } from '@core/trouble'
import { chance, FakeTown } from './town'

const QUICK: LiveOptions = { silenceMs: 200, againMs: 1, mostMs: 4 }

function follow(town: FakeTown, options: LiveOptions = QUICK): { live: Live; seqs: number[]; phases: string[] } {
  const live = new Live(town, options)
  const [seqs, phases]: [number[], string[]] = [[], []]
  live.on('entry', (told) => seqs.push(told.seq))
  live.on('state', (state) => phases.push(state.phase))
  return { live, seqs, phases }
}

test('every entry is told once and in order, however often the line is cut', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = chance(seed)
    const town = new FakeTown(random)
    for (let n = 0; n < 5; n++) town.step()
    const { live, seqs } = follow(town)
    live.start(0)
    for (let n = 0; n < 60; n++) {
      if (random(3) > 0) town.step()
      if (random(6) === 0) town.cut()
      if (random(4) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await vi.waitFor(() => expect(seqs.length).toBe(town.head))
    expect(seqs).toEqual(Array.from({ length: town.head }, (_, at) => at + 1))
    expect(live.state.head).toBe(town.head)
    live.stop()
  }
})

test('a line that falls silent counts as cut, and is taken up again where it was', async () => {
  const town = new FakeTown(chance(1))
  const { live, seqs, phases } = follow(town, { ...QUICK, silenceMs: 250 })
  live.start()
  await vi.waitFor(() => expect(live.state.phase).toBe('live'))
  town.step()
  await vi.waitFor(() => expect(seqs).toEqual([1]))
  await vi.waitFor(() => expect(town.asked.length).toBeGreaterThan(1))
  expect(phases.slice(0, 3)).toEqual(['connecting', 'live', 'cut'])
  expect(town.asked.slice(0, 2)).toEqual([undefined, 1])
  live.stop()
  expect(live.state.phase).toBe('stopped')
})

test('signs of life keep it', async () => {
  const town = new FakeTown(chance(1))
  const { live, phases } = follow(town, { ...QUICK, silenceMs: 120 })
  live.start()
  for (let n = 0; n < 8; n++) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    town.beat()
  }
  expect(phases).toEqual(['connecting', 'live'])
  live.stop()
})

test('too far behind: it says so, and begins at the end when it is started again', async () => {
  const town = new FakeTown(chance(3))
  for (let n = 0; n < 20; n++) town.step()
  town.furthest = 5
  const { live, seqs } = follow(town)
  live.start(1)
  await vi.waitFor(() => expect(live.state.phase).toBe('stale'))
  live.start()
  await vi.waitFor(() => expect(live.state.phase).toBe('live'))
  town.step()
  await vi.waitFor(() => expect(seqs).toEqual([21]))
  live.stop()
})

test('a session that ended is asked for, and then it goes on', async () => {
  const town = new FakeTown(chance(3))
  let isSignedIn = false
  const give = town.stream.bind(town)
  town.stream = (since, signal) => (isSignedIn ? give(since, signal) : Promise.reject(new Trouble(problem('signed_out', 401, {}), 'signed_out')))
  town.onSignedOut = () => Promise.resolve((isSignedIn = true))
  const { live, phases } = follow(town)
  live.start()
  await vi.waitFor(() => expect(live.state.phase).toBe('live'))
  expect(phases).toEqual(['connecting', 'cut', 'live'])
  live.stop()
})

test('one listener’s mistake costs the others nothing', async () => {
  const town = new FakeTown(chance(3))
  const { live, seqs } = follow(town)
  const reported = vi.fn()
  vi.stubGlobal('reportError', reported)
  const off = live.on('entry', () => {
    throw new Error('mine')
  })
  live.on('entry', (told) => seqs.push(told.seq))
  live.start()
  await vi.waitFor(() => expect(live.state.phase).toBe('live'))
  town.step()
  await vi.waitFor(() => expect(seqs).toEqual([1, 1]))
  expect(reported).toHaveBeenCalledOnce()
  off()
  live.stop()
  vi.unstubAllGlobals()
})
