// @vitest-environment node
import { expect, test } from 'vitest'
import { command, uuid7 } from '@core/command'

test('ids are UUIDv7, differ, and sort as they were made', () => {
  const ids = Array.from({ length: 9000 }, () => uuid7(1_772_412_000_000))
  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  expect([...ids].sort()).toEqual(ids)
  // A clock that goes back must not make ids that sort before earlier ones.
  expect(uuid7(1_000_000_000_000) > (ids.at(-1) as string)).toBe(true)
  const now = Date.now()
  expect(parseInt(uuid7(now).replaceAll('-', '').slice(0, 12), 16)).toBe(now)
})

test('a command holds what was said and leaves out what is empty', () => {
  const made = command({ kind: 'governance.matter', action: 'report', place: [120, 31], data: { summary: 'x' }, at: new Date(0) })
  expect(made).toMatchObject({ kind: 'governance.matter', action: 'report', place: [120, 31], data: { summary: 'x' }, at: '1970-01-01T00:00:00.000Z' })
  expect(made.id).not.toBe(made.record)
  const bare = command({ kind: 'k.k', action: 'a', record: 'r', data: {}, files: [], place: null, version: 3 })
  expect(Object.keys(bare).sort()).toEqual(['action', 'at', 'id', 'kind', 'record', 'version'])
})
