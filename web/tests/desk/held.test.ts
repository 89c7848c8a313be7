// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { command } from '@core/command'
import type { Kind, Offer } from '@core/model'
import { hold, leftOver } from '../../desk/work/held'
import { declared, waysTo } from '../../desk/work/moves'

const one = () => command({ kind: 'p.k', record: 'r', action: 'act', data: {} })

describe('what can be taken back', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    localStorage.clear()
  })
  afterEach(() => void vi.useRealTimers())

  it('is done once after a while, at once when asked, and never after it was taken back', async () => {
    const run = vi.fn(() => Promise.resolve())
    hold('me', [one()], run, 1000)
    vi.advanceTimersByTime(999)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(1)
    const now = hold('me', [one()], run, 1000)
    await now.now()
    await now.now()
    vi.advanceTimersByTime(5000)
    expect(run).toHaveBeenCalledTimes(2)
    hold('me', [one()], run, 1000).undo()
    vi.advanceTimersByTime(5000)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('is found by the next page of the same person where its own died before the answer', async () => {
    const sent = one()
    hold('me', [sent], () => new Promise(() => undefined), 1000)
    const answered = hold('me', [one()], () => Promise.resolve(), 1000)
    await answered.now()
    hold('me', [one()], () => Promise.resolve(), 1000).undo()
    expect(leftOver('me')).toEqual([])
    vi.advanceTimersByTime(30_000)
    expect(leftOver('you')).toEqual([])
    expect(leftOver('me').map(({ commands }) => commands)).toEqual([[sent]])
    leftOver('me')[0]?.forget()
    expect(leftOver('me')).toEqual([])
  })
})

describe('a card dragged into another column', () => {
  const kind = {
    states: { new: {}, taken: {}, done: { final: true } },
    actions: { take: { from: 'new', to: 'taken', by: ['clerk'] }, finish: { from: 'open', to: 'done', by: ['assignee', 'system'] }, note: { from: 'open', by: ['anyone'] } },
  } as unknown as Kind
  it('takes the action offered that leads there', () => {
    const offers = [{ action: 'note' }, { action: 'take' }] as Offer[]
    expect(waysTo(kind, 'taken', offers)).toEqual([{ action: 'take' }])
    expect(waysTo(kind, 'done', offers)).toEqual([])
  })
  it('is told who else could take it there', () => {
    expect(declared(kind, 'new', 'done')).toEqual([{ action: 'finish', by: ['assignee'] }])
    expect(declared(kind, 'taken', 'new')).toEqual([])
    expect(declared(kind, 'done', 'done')).toEqual([])
  })
})
