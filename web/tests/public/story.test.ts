import { describe, expect, it } from 'vitest'
import type { CaseRecord, Entry, Kind } from '@core/model'
import { ending, ownNotes, stops, told } from '../../public/follow/story'

const title = { zh: '题', en: 'Title' }
const kind: Kind = {
  title,
  fields: {
    result: { title, type: 'long_text' },
    after: { title, type: 'photo', many: 9 },
    instructions: { title, type: 'long_text' },
    reason: { title, type: 'text' },
    phone: { title, type: 'text', personal: 'contact' },
  },
  states: {
    reported: { title, stage: 'report' },
    registered: { title, stage: 'triage' },
    handling: { title, stage: 'handle' },
    handled: { title, stage: 'close' },
    closed: { title, stage: 'close', final: true },
    declined: { title, stage: 'close', final: true },
  },
  actions: {},
}
let seq = 0
const entry = (state: string | undefined, more: Partial<Entry> = {}): Entry => {
  seq += 1
  const time = `2026-03-02T08:0${seq % 10}:00Z`
  return { seq, command: '', at: time, received: time, time, actor: 'system', kind: 'a.b', pack: 1, record: 'r', action: 'x', version: seq, ...(state ? { state } : {}), ...more }
}
const record = (more: Partial<CaseRecord>): CaseRecord => ({
  id: 'r', kind: 'a.b', pack: 1, state: 'reported', version: 1, seq: 1, cell: 'c', fields: {}, assigned: [], reporters: [], opened: '', changed: '', since: '', late: false, late_level: [0, 0], ...more,
})

describe('the track', () => {
  it('says when the case came to each stage, and forgets those ahead after it went back', () => {
    const way = [entry('reported'), entry('registered'), entry('handling'), entry('handled'), entry('handling')]
    const found = stops(way, kind, 'handle', false)
    expect(found.map((stop) => stop.state)).toEqual(['done', 'done', 'now', 'ahead'])
    expect(found.map((stop) => stop.at)).toEqual([way[0]?.time, way[1]?.time, way[4]?.time, undefined])
  })

  it('is done at the end', () => {
    expect(stops([], kind, 'close', true).map((stop) => stop.state)).toEqual(['done', 'done', 'done', 'done'])
  })
})

describe('the end', () => {
  it('is settled only where somebody worked on it', () => {
    expect(ending(record({ closed: 'x' }), [entry('reported'), entry('handling'), entry('closed')], kind)).toBe('settled')
    expect(ending(record({ closed: 'x' }), [entry('reported'), entry('declined')], kind)).toBe('ended')
    expect(ending(record({ closed: 'x', merged_into: 'q' }), [], kind)).toBe('merged')
    expect(ending(record({}), [], kind)).toBe('open')
  })
})

describe('what is told', () => {
  it('is the result of the work with its photos, and neither instructions nor personal data', () => {
    const way = [
      entry('reported', { set: { phone: '100' } }),
      entry('registered'),
      entry('handling', { set: { instructions: '快去' } }),
      entry('handled', { set: { result: '清好了', after: ['h1'], reason: '内部' } }),
    ]
    expect(told(way, kind).map((one) => one.text || one.photos)).toEqual(['清好了', ['h1']])
  })

  it('is the reason where it ended without work', () => {
    expect(told([entry('reported'), entry('declined', { set: { reason: '不在本镇' } })], kind).map((one) => one.text)).toEqual(['不在本镇'])
  })

  it('shows the reporter their own notes alone', () => {
    const notes = [entry(undefined, { note: '我的', actor: { reporter: 'r' } }), entry(undefined, { note: '内部', actor: { person: 'p' } })]
    expect(ownNotes(notes).map((note) => note.text)).toEqual(['我的'])
  })
})
