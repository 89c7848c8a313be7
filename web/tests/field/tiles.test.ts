import { describe, expect, it } from 'vitest'
import { favourites, type Option } from '../../field/shape'

const options: Option[] = ['a', 'b', 'c', 'd'].map((code) => ({ code, choice: { zh: code, en: code } }))

function check(mine: [string, number][], stood: string[], wanted: string): void {
  const found = favourites(options, new Map(mine), new Map(), 3, stood)
  expect(found.map(({ code }) => code).join('')).toBe(wanted)
}

describe('the tiles that stand first', () => {
  it('are those that stood there last, before those in the order of the list', () => check([], ['d', 'b'], 'dba'))
  it('are those used most before all', () => check([['c', 2]], ['d', 'b'], 'cdb'))
  it('are in the order of the list where nothing is known', () => check([], [], 'abc'))
})
