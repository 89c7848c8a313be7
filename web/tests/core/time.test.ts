// @vitest-environment node
import { expect, test } from 'vitest'
import type { Step, Working } from '@core/model'
import { ago, dueWords, lengthWords, ServerClock, spanWords, TownTime, type DueContext } from '@core/time'

const NOW = Date.parse('2026-03-02T08:00:00Z')
const minutes = (n: number): string => new Date(NOW + n * 60_000).toISOString()

function due(n: number, context: DueContext = {}): string {
  const said = dueWords(minutes(n), NOW, context)
  return said ? `${said.key.replace('core.due.', '')} ${said.params['n'] ?? ''}`.trim() : ''
}

test('a deadline is said in plain time', () => {
  expect(due(0.5)).toBe('now')
  expect(due(39.2)).toBe('in_minutes 40')
  expect(due(120)).toBe('in_hours 2')
  expect(due(179)).toBe('in_hours 2')
  expect(due(60 * 35)).toBe('in_hours 35')
  expect(due(60 * 50)).toBe('in_days 2')
  expect(due(-0.5)).toBe('late_now')
  expect(due(-59)).toBe('late_minutes 59')
  expect(due(-60 * 30)).toBe('late_hours 30')
  expect(due(-60 * 24 * 3)).toBe('late_days 3')
  expect(due(10, { stopped: true })).toBe('stopped')
  expect(due(-3, { late: true })).toBe('late_minutes 3')
  expect(dueWords(null, NOW)).toBeUndefined()
  expect(dueWords('nonsense', NOW)).toBeUndefined()
})

/** From Monday 16:00 in the town; work is from 9 to 17. */
function working(span: string, at: string, until: string): Working {
  const steps: Step[] = []
  const day = 24 * 60
  // NOW is Monday 16:00 of the town; worked from -7 h to +1 h around it, and every day.
  for (let from = -7 * 60; from < 6 * day; from += day) {
    steps.push({ from: minutes(from), to: minutes(from + 8 * 60), counted: true, why: {} })
    steps.push({ from: minutes(from + 8 * 60), to: minutes(from + day), counted: false, why: {} })
  }
  const cut = (end: string): Step[] => steps.filter((step) => step.from < end).map((step) => ({ ...step, to: step.to < end ? step.to : end }))
  return {
    deadline: { at, span }, start: minutes(-7 * 60), rule: '', extensions: [], text: {},
    steps: cut(at), after: until > at ? cut(until).filter((step) => step.to > at) : [],
  }
}

test('working time is said in working time where the explanation covers it', () => {
  const tomorrow = minutes(24 * 60 - 5 * 60)
  expect(due(19 * 60, { working: working('4 workhours', tomorrow, minutes(0)) })).toBe('in_workhours 3')
  expect(due(50, { working: working('4 workhours', minutes(50), minutes(0)) })).toBe('in_minutes 50')
  expect(due(2 * 24 * 60, { working: working('5 workdays', minutes(2 * 24 * 60), minutes(0)) })).toBe('in_workdays 2')
  // Late since yesterday 15:00: two working hours then, and seven this morning.
  const since = minutes(-25 * 60)
  const late = working('2 workhours', since, minutes(0))
  const yesterday: Step[] = [
    { from: since, to: minutes(-23 * 60), counted: true, why: {} },
    { from: minutes(-23 * 60), to: minutes(-7 * 60), counted: false, why: {} },
    { from: minutes(-7 * 60), to: minutes(0), counted: true, why: {} },
  ]
  expect(due(-25 * 60, { working: { ...late, steps: [], after: yesterday } })).toBe('late_workhours 9')
  // Without knowing what came after the deadline it is said plainly.
  expect(due(-25 * 60, { working: { ...late, steps: [{ from: minutes(-30 * 60), to: since, counted: true, why: {} }], after: [] } })).toBe('late_hours 25')
  expect(due(19 * 60, { working: { ...working('20 hours', tomorrow, minutes(0)) } })).toBe('in_hours 19')
})

test('how long ago, spans and lengths', () => {
  expect(ago(minutes(-0.5), NOW)).toEqual({ key: 'core.ago.now', params: {} })
  expect(ago(minutes(-61), NOW)).toEqual({ key: 'core.ago.hours', params: { n: 1 } })
  expect(ago(minutes(60 * 24 * 3 + 1), NOW)).toEqual({ key: 'core.in.days', params: { n: 3 } })
  expect(ago(minutes(-60 * 24 * 400), NOW).key).toBe('core.ago.months')
  expect(spanWords('2 workhours')).toEqual({ key: 'core.span.workhours', params: { n: 2 } })
  expect(spanWords('90d after closed')).toEqual({ key: 'core.span.days', params: { n: 90 } })
  expect(spanWords('1 workday')).toEqual({ key: 'core.span.workdays', params: { n: 1 } })
  expect(spanWords('soon')).toEqual({ key: 'core.span.other', params: { span: 'soon' } })
  expect(lengthWords(45_000)).toEqual({ key: 'core.span.seconds', params: { n: 45 } })
})

test('times are the town’s, whatever zone the browser is in', () => {
  const before = process.env['TZ']
  for (const zone of ['America/New_York', 'Asia/Shanghai', 'Pacific/Kiritimati']) {
    process.env['TZ'] = zone
    const zh = new TownTime('Asia/Shanghai', 'zh')
    const en = new TownTime('Asia/Shanghai', 'en')
    const at = '2026-03-01T16:50:07.5Z'
    expect(zh.clock(at)).toBe('00:50')
    expect(zh.seconds(at)).toBe('00:50:07')
    expect(zh.date(at)).toBe('2026-03-02')
    expect(zh.local(at)).toBe('2026-03-02T00:50')
    expect(zh.day(at, NOW)).toBe('3月2日周一')
    expect(en.day(at, NOW)).toMatch(/^Mon,? 2 Mar$/)
    expect(en.day('2025-03-01T16:50:00Z', NOW)).toContain('2025')
    expect(en.when(at, NOW)).toBe('00:50')
    expect(en.when('2026-02-27T02:00:00Z', NOW)).toMatch(/27 Feb 10:00$/)
    expect(en.exact(at)).toContain('2026')
    expect(zh.instant('2026-03-02T00:50')).toBe('2026-03-02T00:50:00+08:00')
    expect(zh.instant('2026-03-02')).toBe('2026-03-02T00:00:00+08:00')
    expect(zh.instant('2026-02-30T10:00')).toBeUndefined()
    expect(zh.instant('10:00')).toBeUndefined()
    expect(zh.clock('nonsense')).toBe('')
  }
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

test('local times around a change of clocks', () => {
  const berlin = new TownTime('Europe/Berlin', 'en')
  expect(berlin.instant('2026-03-29T01:59')).toBe('2026-03-29T01:59:00+01:00')
  expect(berlin.instant('2026-03-29T03:00')).toBe('2026-03-29T03:00:00+02:00')
  for (const local of ['2026-07-01T12:00', '2026-01-01T00:00', '2026-10-25T12:00']) {
    expect(berlin.local(berlin.instant(local) as string)).toBe(local)
  }
})

test('the server’s clock: the quickest answer counts, a jump is noticed', () => {
  const clock = new ServerClock()
  const at = 1_000_000_000_000
  const iso = (ms: number): string => new Date(ms).toISOString()
  clock.learn(iso(at + 5000), 200, at)
  expect(clock.offsetMs).toBe(5100)
  clock.learn(iso(at + 5300), 900, at)
  expect(clock.offsetMs).toBe(5100)
  clock.learn(iso(at + 5010), 20, at)
  expect(clock.offsetMs).toBe(5020)
  clock.learn(iso(at + 65_000), 100, at)
  expect(clock.offsetMs).toBe(65_050)
  clock.learn('nonsense', 0, at)
  expect(clock.offsetMs).toBe(65_050)
})
