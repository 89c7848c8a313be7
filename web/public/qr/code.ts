import { encode } from 'uqr'
import type { LonLat } from '@core/model'

/** The address that a place's code opens: a report with that place set. */
export function reportLink(place: LonLat, name: string, origin: string): string {
  const query = new URLSearchParams({ at: `${place[0].toFixed(6)},${place[1].toFixed(6)}` })
  if (name) query.set('name', name)
  return `${origin}/public/report?${query.toString().replace('%2C', ',')}`
}

/** A code as one SVG path in a square of `size` modules, the quiet zone around it included. */
export function codePath(text: string): { size: number; path: string } {
  // A quarter of it may be dirty or torn and it is still read.
  const { data, size } = encode(text, { ecc: 'Q', border: 4 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return { size, path }
}
