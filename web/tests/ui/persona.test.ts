import { beforeEach, expect, test } from 'vitest'
import { Api } from '@core/api'
import { leavePersona, persona, tokenOf } from '@ui/persona'

const at = (query: string): void => window.history.replaceState(null, '', `/desk/${query}`)

beforeEach(() => {
  sessionStorage.clear()
  at('')
})

test('a tab stays who its address said until somebody signs in', () => {
  expect(persona()).toBeUndefined()
  at('?as=clerk')
  expect(persona()).toBe('clerk')
  at('')
  expect(persona()).toBe('clerk')
  leavePersona()
  expect(persona()).toBeUndefined()
})

test('a persona has the token that the demo tells, and none where there is no demo', async () => {
  const town = (answer: Response): Api => new Api({ base: 'http://town.test', pauseMs: () => 0, fetch: () => Promise.resolve(answer) })
  const json = (body: unknown, status: number): Response => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
  const demo = { accounts: [{ name: 'clerk', token: 'demo_c' }] }
  expect(await tokenOf(town(json(demo, 200)), 'clerk')).toBe('demo_c')
  expect(await tokenOf(town(json(demo, 200)), 'nobody')).toBeUndefined()
  expect(await tokenOf(town(json({ code: 'no_such_path', text: {} }, 404)), 'clerk')).toBeUndefined()
})
