import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { askAhead, takeAhead } from '../../core/ahead'

const town = vi.fn<typeof fetch>()
const question = (path: string, headers: Record<string, string> = {}): Request => new Request(`http://town.test/api/v1${path}`, { headers })

beforeEach(() => {
  vi.stubGlobal('fetch', town)
  town.mockImplementation(async (asked) => new Response((asked as Request).url))
})
afterEach(() => {
  vi.unstubAllGlobals()
  delete window.gewangAhead
})

it('is taken once by whoever asks the same', async () => {
  void askAhead(question('/status'))
  expect(await takeAhead(question('/packs'))).toBeUndefined()
  expect(await (await takeAhead(question('/status')))?.text()).toBe('http://town.test/api/v1/status')
  expect(await takeAhead(question('/status'))).toBeUndefined()
  expect(town).toHaveBeenCalledTimes(1)
})

it('is not taken for somebody else', async () => {
  void askAhead(question('/records', { 'Gewang-As': 'a' }))
  void askAhead(question('/records/r', { 'Gewang-Follow': 'r:one' }))
  expect(await takeAhead(question('/records', { 'Gewang-As': 'b' }))).toBeUndefined()
  expect(await takeAhead(question('/records/r', { 'Gewang-Follow': 'r:two' }))).toBeUndefined()
  expect(await takeAhead(question('/records', { 'Gewang-As': 'a' }))).toBeDefined()
})

it('is taken by whoever turned out to be signed in, where nobody was known when it was asked', async () => {
  void askAhead(question('/records'))
  expect(await takeAhead(question('/records', { 'Gewang-As': 'a' }))).toBeDefined()
})

it('leaves what changes something, and what failed, to be asked in the ordinary way', async () => {
  town.mockRejectedValueOnce(new TypeError('no network'))
  void askAhead(question('/status')).catch(() => undefined)
  expect(await takeAhead(question('/status'))).toBeUndefined()
  void askAhead(question('/commands'))
  expect(await takeAhead(new Request('http://town.test/api/v1/commands', { method: 'POST', body: '{}' }))).toBeUndefined()
})
