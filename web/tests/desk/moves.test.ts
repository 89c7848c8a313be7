import { describe, expect, it } from 'vitest'
import type { Kind } from '@core/model'
import { takers } from '../../desk/work/moves'

type Actions = Record<string, { by: string[]; assign?: 'choose' | 'actor' }>

function check(actions: Actions, routes: string[], wanted: string[] | undefined): void {
  const titled = Object.entries(actions).map(([id, action]) => [id, { title: { zh: id }, ...action }] as const)
  const kind: Kind = { title: { zh: '事', en: 'Matter' }, states: {}, fields: {}, actions: Object.fromEntries(titled), routes: routes.map((post) => ({ then: { post } })) }
  const found = takers(kind)
  expect(found && [...found].sort()).toEqual(wanted)
}

describe('the posts that see to a case', () => {
  it('are those that may claim one, and those that it goes to by itself', () => {
    check({ dispatch: { by: ['dispatcher'], assign: 'choose' }, claim: { by: ['worker', 'leader'], assign: 'actor' } }, ['duty', 'leader'], ['duty', 'leader', 'worker'])
  })

  it('are not told apart where none is named', () => {
    check({ dispatch: { by: ['dispatcher'], assign: 'choose' } }, [], undefined)
  })
})
