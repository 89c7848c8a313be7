import { describe, expect, it } from 'vitest'
import type { Command, Outcome } from '../../core/model'
import { filesIn, informed, nextToSend, outworn, parcel, pauseMs, postponed, settled, unsent, withHashes, type Parcel } from '../../field/parcel'

const ME = 'me'

function given(id: string, record: string, at: number, more: Partial<Parcel> = {}, version: number | undefined = 1): Parcel {
  const command: Command = { id, at: '2026-03-02T09:00:00+08:00', kind: 'g.m', record, action: 'finish' }
  if (version !== undefined) command.version = version
  return { ...parcel(command, ME, at), ...more }
}

/** The ids in the order in which they would go out, if each were answered at once. */
function order(parcels: Parcel[], now = 1_000_000): string[] {
  const sent: string[] = []
  let left = parcels
  for (let next = nextToSend(left, ME, now); next; next = nextToSend(left, ME, now)) {
    const { id } = next
    sent.push(id)
    left = left.map((one) => (one.id === id ? { ...one, state: 'sent' as const } : one))
  }
  return sent
}

describe('the outbox', () => {
  it('sends in the order in which things were done', () => {
    expect(order([given('b', 'r2', 2), given('c', 'r1', 3), given('a', 'r1', 1)])).toEqual(['a', 'b', 'c'])
  })

  it('never lets a later act on a record overtake an earlier one, and holds up no other record', () => {
    const held = [given('a', 'r1', 1, { next: 2_000_000 }), given('b', 'r1', 2), given('c', 'r2', 3)]
    expect(order(held)).toEqual(['c'])
  })

  it('sends nothing of another person', () => {
    expect(order([given('a', 'r1', 1, { owner: 'you' }), given('b', 'r2', 2)])).toEqual(['b'])
    expect(unsent([given('a', 'r1', 1, { owner: 'you' })], ME)).toEqual([])
  })

  it('keeps back what follows on a report that was refused', () => {
    const refused = given('a', 'r1', 1, { state: 'refused' }, -1)
    delete refused.command.version
    expect(order([refused, given('b', 'r1', 2)])).toEqual([])
    expect(order([given('a', 'r1', 1, { state: 'refused' }), given('b', 'r1', 2)])).toEqual(['b'])
  })

  it('waits longer each time, never more than five minutes, and as long as the town asks', () => {
    expect([1, 2, 3, 20].map((tries) => pauseMs(tries))).toEqual([2000, 4000, 8000, 300_000])
    expect(pauseMs(1, 42)).toBe(42_000)
    const again = postponed(given('a', 'r', 1), 10_000)
    expect(again).toMatchObject({ state: 'waiting', tries: 1, next: 12_000 })
    expect(nextToSend([again], ME, 11_999)).toBeUndefined()
    expect(nextToSend([again], ME, 12_000)?.id).toBe('a')
  })

  it('tells what became of a command', () => {
    const problem = { type: 'about:blank', title: '', status: 422, code: 'required', detail: '', pointer: '/data/summary', text: { zh: '请填写', en: 'Fill in' } }
    const outcome: Outcome = { outcome: 'refused', problem }
    expect(settled(given('a', 'r', 1), outcome, 5)).toMatchObject({ state: 'refused', problem, settled: 5 })
    expect(settled(given('a', 'r', 1), { outcome: 'repeated', seq: 4 }, 5).state).toBe('sent')
    expect(settled(given('a', 'r', 1), { outcome: 'merged' }, 5).state).toBe('merged')
  })

  it('lets what was done after it know the version that it left', () => {
    const done = settled(given('a', 'r1', 1), { outcome: 'done', version: 4 }, 9)
    const later = given('b', 'r1', 2)
    const next = informed([done, later, given('c', 'r2', 3), given('d', 'r1', 0)], done)
    expect(next.map((one) => [one.id, one.command.version])).toEqual([['b', 4]])
  })

  it('clears away what arrived days ago, and nothing else', () => {
    const day = 86_400_000
    const all = [given('a', 'r', 1, { state: 'sent', settled: 0 }), given('b', 'r', 1, { state: 'refused', settled: 0 }), given('c', 'r', 1, { state: 'sent', settled: 3 * day })]
    expect(outworn(all, 4 * day).map((one) => one.id)).toEqual(['a'])
  })
})

describe('files of a command', () => {
  const command: Command = {
    id: 'a', at: '', kind: 'g.m', record: 'r', action: 'finish',
    data: { photos: ['x', 'y'], voice: 'z', rows: [{ picture: 'x' }], summary: 'w' },
    files: ['y', 'v'],
  }
  const known = (name: string): boolean => 'vxyz'.includes(name)

  it('are found wherever they stand, each once', () => {
    expect(filesIn(command, known)).toEqual(['x', 'y', 'z', 'v'])
  })

  it('get their hashes, and nothing else changes', () => {
    const hashes = new Map([['x', 'X'], ['y', 'Y'], ['z', 'Z'], ['v', 'V']])
    const sent = withHashes(command, hashes)
    expect(sent).toEqual({ ...command, data: { photos: ['X', 'Y'], voice: 'Z', rows: [{ picture: 'X' }], summary: 'w' }, files: ['Y', 'V'] })
    expect(withHashes(command, new Map())).toEqual(command)
    expect(command.files).toEqual(['y', 'v'])
  })
})
