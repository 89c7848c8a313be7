import type { Box } from '../geo'
import { inBox } from '../geo'
import type { LonLat } from '../model'
import { Squares } from './squares'

/** A household, or several at one place. */
export interface Household { at: LonLat; weight: number }

/** The households of a draft by place, so that those within a shape are counted while it is drawn. */
export class Households {
  private readonly squares: Squares<Household>

  constructor(points: readonly (readonly [number, number, number])[], [west, south, east, north]: Box) {
    // A square for some four households.
    this.squares = new Squares(west, south, Math.max(1e-6, Math.sqrt(((east - west) * (north - south) * 4) / (points.length + 1))))
    for (const [lon, lat, weight] of points) {
      const at: LonLat = [lon, lat]
      this.squares.add({ at, weight }, [at, at])
    }
  }

  /** The weight of those in a box that `has` takes for its own. */
  count(box: Box, has: (place: LonLat) => boolean): number {
    let sum = 0
    for (const one of this.squares.near(box)) if (inBox(one.at, box) && has(one.at)) sum += one.weight
    return sum
  }
}
