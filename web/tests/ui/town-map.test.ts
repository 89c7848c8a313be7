import { describe, expect, it } from 'vitest'
import type { Api } from '@core/api'
import type { Territory } from '@core/model'
import { followTownMap, readTownMap } from '../../ui/map/town-map'

/** A server that tells of one edition after the other. */
function aServer(): { api: Api; asked: () => number; publish: (edition: string) => void } {
  let edition = 'a'
  let asked = 0
  const map = (): Promise<unknown> => {
    asked += 1
    return Promise.resolve({ edition, bounds: [119.9, 31.3, 120.1, 31.5], datum: 'wgs84', tiles: `/api/v1/tiles/${edition}/{z}/{x}/{y}`, tiles_max_zoom: 16, base: null })
  }
  return { api: { map } as unknown as Api, asked: () => asked, publish: (next) => (edition = next) }
}
const aTerritory = (): Territory => ({ cells: [] }) as unknown as Territory

describe('the map of the town', () => {
  it('is read once for all maps of a page, and anew for another territory though no map was open meanwhile', async () => {
    const { api, asked, publish } = aServer()
    const [before, after] = [aTerritory(), aTerritory()]
    const [one, other] = await Promise.all([readTownMap(api, before), readTownMap(api, before)])
    expect(one).toBe(other)
    expect(asked()).toBe(1)
    publish('b')
    expect(await readTownMap(api, before)).toBe(one)
    expect(JSON.stringify((await readTownMap(api, after)).cells)).toContain('/tiles/b/')
    expect(asked()).toBe(2)
  })

  it('stays the same object where no other drawing came into force, and is asked for once by many maps', async () => {
    const { api, asked, publish } = aServer()
    const known = await readTownMap(api, aTerritory())
    const named = aTerritory()
    expect(await followTownMap(api, named, known)).toBe(known)
    publish('c')
    const next = aTerritory()
    const [one, other] = await Promise.all([followTownMap(api, next, known), followTownMap(api, next, known)])
    expect(one).toBe(other)
    expect(one).not.toBe(known)
    expect(asked()).toBe(3)
  })

  it('is asked for again after it could not be told', async () => {
    const { api } = aServer()
    const territory = aTerritory()
    const broken = { map: () => Promise.resolve(null), outlines: () => Promise.reject(new Error('cut')) } as unknown as Api
    await expect(readTownMap(broken, territory)).rejects.toThrow('cut')
    expect((await readTownMap(api, territory)).bounds).toHaveLength(4)
  })
})
