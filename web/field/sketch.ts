import type { LonLat } from '@core/model'
import type { Outline } from './outline'

/** A flat picture of a few kilometres: degrees become pixels, north up, one scale in both directions. */
export class Sketch {
  private readonly west: number
  private readonly north: number
  private readonly scale: number
  private readonly squeeze: number
  private readonly dx: number
  private readonly dy: number

  /** Fits all places into `width` × `height` with `margin` around. */
  constructor(
    places: readonly LonLat[],
    readonly width: number,
    readonly height: number,
    margin: number,
  ) {
    const lons = places.map(([lon]) => lon)
    const lats = places.map(([, lat]) => lat)
    this.west = Math.min(...lons)
    this.north = Math.max(...lats)
    const south = Math.min(...lats)
    this.squeeze = Math.cos((((this.north + south) / 2) * Math.PI) / 180)
    const wide = Math.max((Math.max(...lons) - this.west) * this.squeeze, 1e-5)
    const high = Math.max(this.north - south, 1e-5)
    this.scale = Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high)
    this.dx = (width - wide * this.scale) / 2
    this.dy = (height - high * this.scale) / 2
  }

  at([lon, lat]: LonLat): [number, number] {
    return [round(this.dx + (lon - this.west) * this.squeeze * this.scale), round(this.dy + (this.north - lat) * this.scale)]
  }

  /** Whether any corner of an outline lies in the picture or as far beside it as it is wide. */
  shows(outline: Outline): boolean {
    return outline.rings.some((ring) =>
      ring.some((place) => {
        const [x, y] = this.at(place)
        return x > -this.width && x < 2 * this.width && y > -this.height && y < 2 * this.height
      }),
    )
  }

  /** The outline as the `d` of an SVG path. */
  path(outline: Outline): string {
    return outline.rings.map((ring) => `M${ring.map((place) => this.at(place).join(' ')).join('L')}Z`).join('')
  }
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}
