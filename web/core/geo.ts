import type { LonLat } from './model'
import type { Said } from './text'

/** West, south, east, north in degrees. */
export type Box = [number, number, number, number]
/** The datum of a map: true places, or shifted as maps published in China are. */
export type Datum = 'wgs84' | 'gcj02' | 'bd09'

const RADIUS_M = 6_371_008.8
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Metres between two places on the sphere; within 0.6 % of the ellipsoid. */
export function distanceM(a: LonLat, b: LonLat): number {
  const [east, north] = [radians(b[0] - a[0]), radians(b[1] - a[1])]
  const h = Math.sin(north / 2) ** 2 + Math.cos(radians(a[1])) * Math.cos(radians(b[1])) * Math.sin(east / 2) ** 2
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** Degrees clockwise from north in which `b` lies from `a`, 0 ≤ x < 360. */
export function bearing(a: LonLat, b: LonLat): number {
  const [lat, other, east] = [radians(a[1]), radians(b[1]), radians(b[0] - a[0])]
  const y = Math.sin(east) * Math.cos(other)
  const x = Math.cos(lat) * Math.sin(other) - Math.sin(lat) * Math.cos(other) * Math.cos(east)
  return ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360
}

const WINDS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const

/** The word of the direction in which `b` lies from `a`: `core.bearing.n`, `core.bearing.ne` … */
export function bearingKey(a: LonLat, b: LonLat): string {
  return `core.bearing.${WINDS[Math.round(bearing(a, b) / 45) % 8] ?? 'n'}`
}

/** A distance as people say it: `core.distance.metres {n}` below a kilometre, `core.distance.kilometres {n}` above. */
export function distanceWords(metres: number): Said {
  const rounded = metres < 10 ? Math.round(metres) : metres < 995 ? Math.round(metres / 10) * 10 : undefined
  if (rounded !== undefined) return { key: 'core.distance.metres', params: { n: rounded } }
  const km = metres / 1000
  return { key: 'core.distance.kilometres', params: { n: km < 9.95 ? Number(km.toFixed(1)) : Math.round(km) } }
}

// The shift of GCJ-02 on its own ellipsoid, as published libraries agree on it (test vectors in the tests).
const GCJ_A = 6_378_245
const GCJ_EE = 0.006693421622965943
// The turn of BD-09.
const BD_TURN = (Math.PI * 3000) / 180

function gcjShift([lon, lat]: LonLat): LonLat {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [0, 0]
  const [x, y] = [lon - 105, lat - 35]
  const wave = (20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * (2 / 3)
  const root = Math.sqrt(Math.abs(x))
  const north =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave +
    (20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * (2 / 3) +
    (160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * (2 / 3)
  const east =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave +
    (20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * (2 / 3) +
    (150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * (2 / 3)
  const magic = 1 - GCJ_EE * Math.sin(radians(lat)) ** 2
  const lonUnit = (GCJ_A / Math.sqrt(magic)) * Math.cos(radians(lat)) * (Math.PI / 180)
  const latUnit = ((GCJ_A * (1 - GCJ_EE)) / (magic * Math.sqrt(magic))) * (Math.PI / 180)
  return [east / lonUnit, north / latUnit]
}

function toGcj(place: LonLat): LonLat {
  const [east, north] = gcjShift(place)
  return [place[0] + east, place[1] + north]
}

function gcjToBd([lon, lat]: LonLat): LonLat {
  const z = Math.hypot(lon, lat) + 0.00002 * Math.sin(lat * BD_TURN)
  const turn = Math.atan2(lat, lon) + 0.000003 * Math.cos(lon * BD_TURN)
  return [z * Math.cos(turn) + 0.0065, z * Math.sin(turn) + 0.006]
}

/** The place as a map of `datum` draws it. */
export function toDatum(place: LonLat, datum: Datum): LonLat {
  if (datum === 'wgs84') return place
  return datum === 'gcj02' ? toGcj(place) : gcjToBd(toGcj(place))
}

/** The true place of what a map of `datum` shows there, exact to 1e-9 degree. */
export function fromDatum(place: LonLat, datum: Datum): LonLat {
  if (datum === 'wgs84') return place
  // The shift changes by less than a hundredth over its own length, so that each step mends what the last one missed.
  let [lon, lat] = place
  for (let turn = 0; turn < 20; turn++) {
    const drawn = toDatum([lon, lat], datum)
    const [east, north] = [drawn[0] - place[0], drawn[1] - place[1]]
    if (Math.abs(east) < 1e-10 && Math.abs(north) < 1e-10) break
    lon -= east
    lat -= north
  }
  return [lon, lat]
}

/** The smallest box around places; undefined for none. */
export function boxOf(places: Iterable<LonLat>): Box | undefined {
  let box: Box | undefined
  for (const [lon, lat] of places) {
    if (!box) box = [lon, lat, lon, lat]
    else box = [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)]
  }
  return box
}

/** Whether a place lies in a box, its edges included. */
export function inBox([lon, lat]: LonLat, [west, south, east, north]: Box): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north
}

/** A place of a text `LON,LAT` as QR codes carry it; undefined where it is none on the Earth. */
export function parsePlace(text: string | null | undefined): LonLat | undefined {
  const parts = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/.exec(text ?? '')
  if (!parts) return undefined
  const place: LonLat = [Number(parts[1]), Number(parts[2])]
  return isPlace(place) ? rounded(place) : undefined
}

/** Whether a value is a place on the Earth, longitude first. */
export function isPlace(value: unknown): value is LonLat {
  return (
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number' && Number.isFinite(part)) &&
    Math.abs(value[0] as number) <= 180 && Math.abs(value[1] as number) <= 90
  )
}

/** A place rounded to the 1e-7 degree that the server keeps. */
export function rounded([lon, lat]: LonLat): LonLat {
  return [Math.round(lon * 1e7) / 1e7, Math.round(lat * 1e7) / 1e7]
}
