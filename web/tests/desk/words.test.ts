import { describe, expect, it } from 'vitest'
import { both, filterOf, orderOf, queryOf, type Filter } from '../../desk/work/filter'
import { csv } from '../../desk/work/csv'
import { lineStart } from '../../desk/work/lines'
import { best, score } from '../../desk/work/match'
import { monthAfter, sheet, startOf } from '../../desk/work/month'

describe('a filter in an address', () => {
  it('comes back as it went', () => {
    const filters: Filter[] = [{}, { kind: ['a.b'], state: ['x', 'y'], late: false, open: true, text: '积水 & more' }, { stage: ['report'], cell: 'c', assignee: 'me', due_from: '2026-01-01T00:00:00Z' }]
    for (const filter of filters) expect(filterOf(queryOf(filter))).toEqual(filter)
  })
  it('leaves out what makes no sense', () => {
    expect(filterOf({ stage: 'report,sideways', late: 'perhaps', text: '', kind: null })).toEqual({ stage: ['report'] })
    expect(orderOf({ order: 'random' }, 'due')).toBe('due')
  })
  it('narrows another to what both say', () => {
    expect(both({ state: ['a', 'b'], open: true }, { state: ['b', 'c'], text: 'x' })).toEqual({ state: ['b'], open: true, text: 'x' })
    expect(both({ state: ['a'] }, { state: ['b'] })).toBeUndefined()
    expect(both({ assignee: 'me' }, { assignee: 'U' })).toBeUndefined()
  })
})

describe('an export', () => {
  it('opens in a spreadsheet: a byte order mark, quotes, and no formula', () =>
    expect(csv([['编号', 'a "b"', '1,5'], ['=1+1', '-3', '-x\ny']])).toBe('\ufeff编号,"a ""b""","1,5"\r\n\'=1+1,-3,"\'-x\ny"\r\n'))
})

describe('a month', () => {
  it('is whole weeks from Monday that hold every day of it', () => {
    for (let month = '2024-01'; month < '2027-01'; month = monthAfter(month, 1)) {
      const days = sheet(month).flat()
      expect(days.length % 7).toBe(0)
      expect(new Date(`${days[0]?.date}T00:00:00Z`).getUTCDay()).toBe(1)
      const own = days.filter((day) => day.inMonth)
      expect(own.every((day) => day.date.startsWith(month))).toBe(true)
      expect(own.length).toBe(new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate())
    }
  })
  it('has days of the town, wherever the browser is', () => {
    expect(startOf('2026-03-02', 'Asia/Shanghai')).toBe('2026-03-01T16:00:00.000Z')
    expect(startOf('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z')
    expect(startOf('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z')
  })
})

describe('the palette', () => {
  it('ranks what begins so before what holds it, and finds letters in order', () => {
    expect(best('彭干', ['上彭干桥', '彭干村03格', '周铁'], (name) => name, 5)).toEqual(['彭干村03格', '上彭干桥'])
    expect(score('pgn', 'Penggan 03')).toBeDefined()
    expect(score('Penggan 03', 'penggan 03')).toBeDefined()
    expect(score('zzz', 'Penggan')).toBeUndefined()
  })
})

it('a line of a text is found by its number', () => {
  expect([1, 2, 3, 9].map((line) => lineStart('ab\nc\n\nd', line))).toEqual([0, 3, 5, 7])
})
