import { describe, expect, it } from 'vitest'
import { Book } from '../../core/kind'
import type { Asked, CaseRecord, Kind, Me, Offer, Pack } from '../../core/model'
import { dutiful, expected, ordered } from '../../field/expected'
import { factsOf, photosOf } from '../../field/facts'
import { favourites, optionsOf, search, shapeOf } from '../../field/shape'

const text = (en: string): { zh: string; en: string } => ({ zh: `${en}中`, en })
const asked = (id: string, type: string, more: Partial<Asked> = {}): Asked =>
  ({ id, field: { title: text(id), type }, required: false, asked: true, ...more }) as Asked
const list = { order: { ...text('Order'), options: { theft: text('Theft'), noise: text('Noise'), gone: { ...text('Gone'), retired: true } } }, town: { ...text('Town'), options: { litter: text('Litter') } } }
const scale = { minor: text('Minor'), urgent: text('Urgent') }
const offer = (action: string, more: Partial<Offer> = {}): Offer =>
  ({ kind: 'g.m', action, title: text(action), form: [], approval: false, place: 'none', note_required: false, ...more }) as Offer

describe('the page of a report', () => {
  const form = [
    asked('severity', 'choice', { required: true, options: scale }),
    asked('category', 'choice', { required: true, options: list }),
    asked('summary', 'text', { required: true }),
    asked('photos', 'photo'),
    asked('voice', 'audio'),
    asked('result', 'long_text', { required: true }),
    { ...asked('phone', 'phone'), field: { title: text('phone'), type: 'phone', personal: 'contact' } } as Asked,
  ]
  it('finds the parts by what they are, not by their names', () => {
    const shape = shapeOf(offer('report', { form }), { views: { title: 'summary' } } as unknown as Kind)
    expect([shape.lead?.id, shape.words?.id, shape.photos?.id, shape.voice?.id, shape.scale?.id]).toEqual(['category', 'summary', 'photos', 'voice', 'severity'])
    expect([shape.must.map((one) => one.id), shape.more.map((one) => one.id)]).toEqual([['result'], ['phone']])
  })
  it('does with a form that has none of them', () => {
    expect(shapeOf(offer('add', { form: [asked('a', 'date')] }), undefined)).toMatchObject({ lead: undefined, words: undefined, must: [], more: [{ id: 'a' }] })
  })
})

describe('categories', () => {
  const options = optionsOf(list)
  it('stand in the order of the list, without those retired', () => {
    expect(options.map((one) => [one.code, one.group?.code])).toEqual([['theft', 'order'], ['noise', 'order'], ['litter', 'town']])
  })
  it('are found in both languages and by their group', () => {
    expect(search(options, ' LITT ').map((one) => one.code)).toEqual(['litter'])
    expect(search(options, 'Noise中').map((one) => one.code)).toEqual(['noise'])
    expect(search(options, 'order').map((one) => one.code)).toEqual(['theft', 'noise'])
    expect(search(options, 'zzz')).toEqual([])
  })
  it('come first by own use, then by what is frequent here', () => {
    expect(favourites(options, new Map([['litter', 1]]), new Map([['noise', 50]]), 2).map((one) => one.code)).toEqual(['litter', 'noise'])
  })
})

describe('what is expected of me', () => {
  const actions = { withdraw: { by: ['reporter'] }, check: { by: ['worker'] }, finish: { by: ['assignee'] } }
  const pack = { pack: 'g', title: {}, kinds: { m: { title: {}, fields: {}, states: {}, actions } } } as unknown as Pack
  const book = new Book({ packs: { title: {}, posts: {}, packs: [pack] } })
  const me = { person: 'p', posts: [{ post: 'worker', cell: 'c1' }] } as unknown as Pick<Me, 'person' | 'posts'>
  const record = (more: Partial<CaseRecord> = {}): CaseRecord => ({ id: 'r', kind: 'g.m', assigned: [], ...more }) as unknown as CaseRecord

  it('is owed where it is assigned to a post of mine, or a request waits', () => {
    expect(expected(record({ assigned: [{ post: 'worker', cell: 'c1' }] }), [offer('check')], me, book)).toBe('owed')
    expect(expected(record({ assigned: [{ post: 'worker', cell: 'c1' }] }), undefined, me, book)).toBe('owed')
    expect(expected(record({ assigned: [{ post: 'worker', cell: 'c1' }] }), [offer('note')], me, book)).toBe('none')
    expect(expected(record({ assigned: [{ post: 'worker', cell: 'c1', done: true }] }), undefined, me, book)).toBe('none')
    expect(expected(record({ assigned: [{ post: 'worker', cell: 'c2' }] }), undefined, me, book)).toBe('none')
    expect(expected(record({ assigned: [{ post: 'worker', cell: 'c1', person: 'q' }] }), undefined, me, book)).toBe('none')
    expect(expected(record(), [offer('extend.approve', { request: { action: 'extend', by: 'public', at: '' } })], me, book)).toBe('owed')
  })
  it('is possible where a post of mine may act, not where only the reporter may', () => {
    expect(expected(record(), [offer('check'), offer('note')], me, book)).toBe('able')
    expect(expected(record(), [offer('withdraw'), offer('note')], me, book)).toBe('none')
    expect(expected(record({ closed: '2026-01-01' }), [offer('check')], me, book)).toBe('none')
    expect(dutiful('g.m', [offer('withdraw'), offer('check')], book).map((one) => one.action)).toEqual(['check'])
  })
  it('shows first what moves the record on, last a note', () => {
    const all = [offer('withdraw', { to: 'void' }), offer('note'), offer('extend', { approval: true, to: 'x' }), offer('accept'), offer('finish', { to: 'y' })]
    expect(ordered('g.m', all, book).map((one) => one.action)).toEqual(['finish', 'accept', 'extend', 'note', 'withdraw'])
  })
})

describe('what a record says', () => {
  const kind = { fields: { summary: { type: 'text' }, photos: { type: 'photo', many: 9 }, secret: { type: 'photo', personal: 'x' }, plan: { type: 'text' }, cause: { type: 'choice' } }, views: { title: 'summary' } } as unknown as Kind
  const record = { fields: { summary: 's', photos: ['a', 'b'], secret: ['s'], plan: 'p', cause: null } } as unknown as CaseRecord
  it('beside its title and photos', () => {
    expect(factsOf(record, kind).map((one) => one.id)).toEqual(['plan'])
  })
  it('in photos, those of notes too, each once', () => {
    const line = (action: string, files: string[]): Parameters<typeof photosOf>[2][number] => ({ entry: { action, files } }) as never
    expect(photosOf(record, kind, [line('note', ['b', 'c']), line('finish', ['d'])])).toEqual(['a', 'b', 'c'])
  })
})
