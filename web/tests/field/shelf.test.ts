import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { Shelves } from '../../field/shelf'

interface Thing { id: string; owner: string; note?: unknown }

let count = 0
const things = (name = `shelf-test-${(count += 1)}`) => new Shelves(name, 10, { things: { key: 'id', by: ['owner'] } }).shelf<Thing>('things')

it('gives back what was put, by its key and by its owner', async () => {
  const shelf = things()
  await shelf.change([{ id: 'a', owner: 'me' }, { id: 'b', owner: 'you' }])
  expect(await shelf.get('a')).toEqual({ id: 'a', owner: 'me' })
  expect(await shelf.get('c')).toBeUndefined()
  expect(await shelf.all('owner', 'you')).toEqual([{ id: 'b', owner: 'you' }])
  expect(await shelf.all()).toHaveLength(2)
})

it('puts and deletes all of it or nothing', async () => {
  const shelf = things()
  await shelf.put({ id: 'a', owner: 'me' })
  const broken = { id: 'c', owner: 'me', note: () => undefined }
  await expect(shelf.change([{ id: 'b', owner: 'me' }, broken], ['a'])).rejects.toThrow()
  expect((await shelf.all()).map((one) => one.id)).toEqual(['a'])
})

it('is there for the next page', async () => {
  await things('shelf-test-kept').put({ id: 'a', owner: 'me' })
  expect(await things('shelf-test-kept').count()).toBe(1)
})
