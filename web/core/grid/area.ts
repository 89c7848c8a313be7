/**
 * Square metres on the WGS 84 ellipsoid, as the server measures them: edges are straight in longitude and latitude, and each is
 * integrated by Simpson's rule over the authalic function q (J. P. Snyder, Map Projections, 1987, formula 3-12).
 */
import type { LonLat } from '../model'

const SEMI_MAJOR_M = 6_378_137
const FLATTENING = 1 / 298.257223563
const E2 = FLATTENING * (2 - FLATTENING)
const E = Math.sqrt(E2)
const DEGREE = Math.PI / 180

function q(lat: number): number {
  const sine = Math.sin(lat * DEGREE)
  return (1 - E2) * (sine / (1 - E2 * sine * sine) - Math.log((1 - E * sine) / (1 + E * sine)) / (2 * E))
}

/**
 * What a line adds to the area of whatever lies to its left: the sum over a closed ring that runs counter-clockwise is its area in
 * m², clockwise its negative. All lines of a ring are to be measured from the same `base` (a latitude near them).
 */
export function sweepM2(line: readonly LonLat[], base: number): number {
  const from = q(base)
  let sum = 0
  for (let i = 1; i < line.length; i += 1) {
    const [lon, lat] = line[i - 1] as LonLat
    const [toLon, toLat] = line[i] as LonLat
    if (toLon === lon) continue
    const height = (q(lat) + 4 * q((lat + toLat) / 2) + q(toLat)) / 6 - from
    sum -= height * (toLon - lon)
  }
  return (sum * DEGREE * SEMI_MAJOR_M * SEMI_MAJOR_M) / 2
}

/** The area of a ring in m², whether its first place stands again at its end or not. */
export function ringAreaM2(ring: readonly LonLat[]): number {
  const first = ring[0]
  return first ? Math.abs(sweepM2([...ring, first], first[1])) : 0
}
