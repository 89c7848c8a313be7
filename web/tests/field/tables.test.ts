import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { Tables } from '../../field/tables'

interface Thing { id: string; owner: string; note?: unknown }

let count = 0
const things = (name = `tables-test-${(count += 1)}`) => new Tables(name, 10, { things: { key: 'id', by: ['owner'] } }).table<Thing>('things')

it('gives back what was put, by its key and by its owner', async () => {
  const table = things()
  await table.change([{ id: 'a', owner: 'me' }, { id: 'b', owner: 'you' }])
  expect(await table.get('a')).toEqual({ id: 'a', owner: 'me' })
  expect(await table.get('c')).toBeUndefined()
  expect(await table.where('owner', 'you')).toEqual([{ id: 'b', owner: 'you' }])
  expect(await table.all()).toHaveLength(2)
})

it('puts and deletes all of it or nothing', async () => {
  const table = things()
  await table.put({ id: 'a', owner: 'me' })
  const broken = { id: 'c', owner: 'me', note: () => undefined }
  await expect(table.change([{ id: 'b', owner: 'me' }, broken], ['a'])).rejects.toThrow()
  expect((await table.all()).map((one) => one.id)).toEqual(['a'])
})

it('is there for the next page', async () => {
  await things('tables-test-kept').put({ id: 'a', owner: 'me' })
  expect(await things('tables-test-kept').count()).toBe(1)
})
