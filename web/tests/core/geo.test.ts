// @vitest-environment node
import { expect, test } from 'vitest'
import { bearingKey, boxOf, distanceM, distanceWords, fromDatum, inBox, parsePlace, toDatum, type Datum } from '@core/geo'
import type { LonLat } from '@core/model'
import vectors from './data/datums.json'

test('the shifted datums agree with published libraries to a centimetre', () => {
  for (const vector of vectors) {
    for (const datum of ['gcj02', 'bd09'] as const) {
      expect(distanceM(toDatum(vector.wgs84 as LonLat, datum), vector[datum] as LonLat), `${vector.name} ${datum}`).toBeLessThan(0.01)
    }
  }
})

test('back and forth is the same place to 1e-7 degree, all over the country and outside', () => {
  let worst = 0
  for (let lon = 70; lon <= 140; lon += 1.37) {
    for (let lat = 0; lat <= 57; lat += 1.21) {
      const edge = Math.min(Math.abs(lon - 72.004), Math.abs(lon - 137.8347), Math.abs(lat - 0.8293), Math.abs(lat - 55.8271))
      // At the very edge of the shifted area two places are drawn as one.
      if (edge < 0.02) continue
      for (const datum of ['wgs84', 'gcj02', 'bd09'] as Datum[]) {
        const [x, y] = fromDatum(toDatum([lon, lat], datum), datum)
        worst = Math.max(worst, Math.abs(x - lon), Math.abs(y - lat))
      }
    }
  }
  expect(worst).toBeLessThan(1e-7)
})

test('distances and directions are said as people say them', () => {
  const here: LonLat = [119.9954, 31.4389]
  expect(distanceM(here, [119.9954, 31.4479])).toBeCloseTo(1000.8, 0)
  expect(bearingKey(here, [120.1, 31.4389])).toBe('core.bearing.e')
  expect(bearingKey(here, [119.9, 31.35])).toBe('core.bearing.sw')
  expect(bearingKey(here, [119.99539, 31.5])).toBe('core.bearing.n')
  const say = (m: number): unknown => [distanceWords(m).key.split('.').pop(), distanceWords(m).params['n']]
  expect(say(3.4)).toEqual(['metres', 3])
  expect(say(47)).toEqual(['metres', 50])
  expect(say(994)).toEqual(['metres', 990])
  expect(say(1240)).toEqual(['kilometres', 1.2])
  expect(say(15_400)).toEqual(['kilometres', 15])
})

test('boxes and places of QR codes', () => {
  expect(boxOf([])).toBeUndefined()
  expect(boxOf([[2, 1], [0, 3]])).toEqual([0, 1, 2, 3])
  expect(inBox([1, 1], [0, 0, 1, 1])).toBe(true)
  expect(parsePlace('119.9954,31.4389')).toEqual([119.9954, 31.4389])
  expect(parsePlace(' 119.9954，31.4389 ')).toEqual([119.9954, 31.4389])
  for (const bad of ['', null, '31.4', 'a,b', '200,10', '10,95', '1,2,3']) expect(parsePlace(bad)).toBeUndefined()
})
