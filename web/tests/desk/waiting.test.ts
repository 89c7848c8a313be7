import { describe, expect, it } from 'vitest'
import type { Held, Kind, Packs, Territory } from '@core/model'
import { lettered } from '../../desk/work/letters'
import { planned } from '../../desk/work/plan'
import { movers, unitOf, waitingFor, waitsFor } from '../../desk/work/waiting'
import type { Advice, CaseRecord, Offer } from '@core/api'

const T = { zh: '', en: '' }
const kind: Kind = {
  title: T,
  fields: { summary: { title: T, type: 'text', required: true }, reason: { title: T, type: 'text', required: true } },
  states: {
    reported: { title: T, stage: 'report' }, registered: { title: T, stage: 'triage' }, handling: { title: T, stage: 'handle' },
    resting: { title: T, stage: 'handle', clock: 'stopped' }, reviewing: { title: T, stage: 'handle' }, closed: { title: T, stage: 'close', final: true },
  },
  actions: {
    report: { title: T, to: 'reported', by: ['public'] },
    withdraw: { title: T, from: 'reported', to: 'closed', by: ['reporter'] },
    register: { title: T, from: 'reported', to: 'registered', by: ['dispatcher'], form: [{ field: 'summary', required: false }] },
    decline: { title: T, from: 'reported', to: 'closed', by: ['dispatcher'], form: ['reason'] },
    correct: { title: T, from: 'open', by: ['dispatcher'], form: ['reason'] },
    dispatch: { title: T, from: 'registered', to: 'handling', by: ['dispatcher'], assign: 'choose' },
    accept: { title: T, from: 'handling', by: ['assignee'] },
    finish: { title: T, from: 'handling', to: 'reviewing', by: ['assignee'] },
    give_back: { title: T, from: 'handling', to: 'registered', by: ['assignee'], approval: ['dispatcher'] },
    resume: { title: T, from: 'resting', to: 'handling', by: ['dispatcher'] },
    agree: { title: T, from: 'reviewing', to: 'closed', by: ['head'] },
  },
}
const packs: Packs = { title: T, posts: {}, packs: [{ pack: 'p', title: T, kinds: { k: kind } }] }
const cell = (id: string, parent: string | null, leaf: boolean): Territory['cells'][number] => ({ id, title: T, level: 'x', parent, leaf, label: [0, 0], area_m2: 1 })
const territory: Territory = { root: 'town', levels: [], cells: [cell('town', null, false), cell('north', 'town', false), cell('north-1', 'north', true)] }
const post = (name: string, at: { cell?: string; unit?: string }): Held => ({ id: name, post: name, title: T, at: T, from: '', ...at })

describe('what waits for whom', () => {
  it('is told by the first action that leads out of a state without anybody’s leave', () => {
    expect(movers(kind, 'reported')).toEqual(['dispatcher'])
    expect(movers(kind, 'handling')).toEqual(['assignee'])
    expect(movers(kind, 'resting')).toEqual([])
    expect(movers(kind, 'closed')).toEqual([])
  })
  it('for a post of the town: every state it moves on', () =>
    expect(waitingFor([post('dispatcher', { cell: 'town' })], packs, territory)).toEqual([
      { kind: ['p.k'], request: 'me', open: true },
      { cell: 'town', kind: ['p.k'], state: ['reported', 'registered'], open: true, request: 'others' },
      { kind: ['p.k'], assignee: 'me', state: ['handling'], open: true, request: 'others' },
    ]))
  it('for a post at a unit: what is assigned to the unit', () =>
    expect(waitingFor([post('head', { unit: 'U' })], packs, territory)).toContainEqual({ assignee: 'U', kind: ['p.k'], state: ['reviewing'], open: true }))
  it('asks once where posts lie within each other', () =>
    expect(waitingFor([post('dispatcher', { cell: 'north' }), { ...post('dispatcher', { cell: 'north-1' }), id: 'second' }], packs, territory).filter((one) => one.cell)).toHaveLength(1))
  it('is nothing of a unit for who stands for the whole town', () => {
    expect(unitOf([post('dispatcher', { cell: 'town' })], packs, territory)).toEqual([])
    expect(unitOf([post('clerk', { unit: 'U' })], packs, territory)).toEqual([{ kind: ['p.k'], assignee: 'U', open: true }])
  })
  it('waits for assignees only where they are among the reader’s posts', () => {
    expect(waitsFor(kind, 'handling', [post('clerk', { unit: 'U' })], [{ unit: 'U', post: 'clerk' }])).toBe(true)
    expect(waitsFor(kind, 'handling', [post('clerk', { unit: 'V' })], [{ unit: 'U', post: 'clerk' }])).toBe(false)
  })
})

const offer = (action: string, more: Partial<Offer> = {}): Offer => ({ kind: 'p.k', action, title: T, to: kind.actions[action]?.to ?? null, form: [], approval: false, place: 'none', note_required: false, ...more })

describe('the keys of actions', () => {
  const keys = (offers: Offer[], waits = true, done: string[] = []): string[] =>
    lettered(offers, done.map((action, at) => ({ seq: at, command: '', at: '', received: '', time: '', actor: 'system', kind: 'p.k', pack: 1, record: '', action, version: at, ...(action === 'dispatch' ? { state: 'handling' } : {}) })), kind, waits)
      .map(({ offer: each, key }) => `${each.action} ${key}`)
  it('put what leads on upon Enter, before what ends the case and what can be done at any time', () =>
    expect(keys([offer('decline'), offer('correct'), offer('register'), offer('note')])).toEqual(['register Enter', 'decline d', 'correct o', 'note n']))
  it('do not do again upon Enter what was done', () => {
    expect(keys([offer('accept'), offer('finish')], true, ['dispatch'])[0]).toBe('accept Enter')
    expect(keys([offer('accept'), offer('finish')], true, ['dispatch', 'accept'])[0]).toBe('finish Enter')
  })
  it('leave Enter alone where nothing waits for the reader', () => expect(keys([offer('decline')], false)).toEqual(['decline d']))
  it('are all different', () => {
    const all = lettered(Object.keys(kind.actions).map((action) => offer(action)), [], kind, true).map(({ key }) => key)
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('taking all that is advised', () => {
  const record = { state: 'reported', fields: {} } as unknown as CaseRecord
  const advice = { near: [], earlier: [], route: { unit: 'U', post: 'clerk', title: T, why: [], people: [] } } as unknown as Advice
  const posts = [post('dispatcher', { cell: 'town' })]
  it('takes the case up and gives it to whoever the routes name', () =>
    expect(planned(record, kind, [offer('register')], advice, posts)).toEqual([
      { action: 'register', data: {} },
      { action: 'dispatch', data: { assignee: { unit: 'U', post: 'clerk' } } },
    ]))
  it('is not offered without a route, without the post, while a request waits, or where something must be filled in', () => {
    expect(planned(record, kind, [offer('register')], undefined, posts)).toBeUndefined()
    expect(planned(record, kind, [offer('register')], advice, [])).toBeUndefined()
    expect(planned({ ...record, request: { action: 'x', by: 'system', at: '' } }, kind, [offer('register')], advice, posts)).toBeUndefined()
    const strict: Kind = { ...kind, actions: { ...kind.actions, dispatch: { ...kind.actions['dispatch']!, form: ['reason'] } } }
    expect(planned(record, strict, [offer('register')], advice, posts)).toBeUndefined()
  })
})
