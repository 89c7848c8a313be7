import type { Box } from '../geo'
import type { LonLat } from '../model'

/** So many squares to a side at most, so that a pair of numbers is one number. */
const MOST = 1 << 20

/** Lines by the squares that their edges pass, so that what is near a place is found without looking at all. */
export class Squares<T> {
  private readonly found = new Map<number, Set<T>>()

  /** `size` is the side of a square in degrees. */
  constructor(
    private readonly west: number,
    private readonly south: number,
    private readonly size: number,
  ) {}

  add(one: T, line: readonly LonLat[]): void {
    for (const key of this.along(line)) {
      const here = this.found.get(key)
      if (here) here.add(one)
      else this.found.set(key, new Set([one]))
    }
  }

  remove(one: T, line: readonly LonLat[]): void {
    for (const key of this.along(line)) this.found.get(key)?.delete(one)
  }

  /** All that may pass through a box; what does is among them. */
  near(box: Box): Set<T> {
    const all = new Set<T>()
    for (const key of this.within(box)) for (const one of this.found.get(key) ?? []) all.add(one)
    return all
  }

  private *along(line: readonly LonLat[]): Iterable<number> {
    for (let i = 1; i < line.length; i += 1) {
      const [a, b] = [line[i - 1] as LonLat, line[i] as LonLat]
      yield* this.within([Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])])
    }
  }

  private *within([west, south, east, north]: Box): Iterable<number> {
    const [left, right] = [this.column(west - this.west), this.column(east - this.west)]
    const [low, high] = [this.column(south - this.south), this.column(north - this.south)]
    for (let y = low; y <= high; y += 1) for (let x = left; x <= right; x += 1) yield y * MOST + x
  }

  /** What lies outside the drawing is kept in the squares at its edge. */
  private column(offset: number): number {
    return Math.min(MOST - 1, Math.max(0, Math.floor(offset / this.size)))
  }
}
