import type { LonLat, Stage } from '@core/model'
import type { WallCase } from './case'

/** A case on the map. */
export interface WallMark {
  place: LonLat
  stage: Stage
  late: boolean
}

/** A circle that spreads from a place: a report rises, a case changes its stage, or it is settled. */
export interface Ring {
  place: LonLat
  stage: Stage
  kind: 'rise' | 'change' | 'settle'
  /** By the server's clock. */
  start: number
}

/** How long each kind of ring is seen. */
export const RING_MS: Record<Ring['kind'], number> = { rise: 4200, change: 1600, settle: 5200 }
/** At most so many at once: more are no news but noise. */
const MOST_RINGS = 28
/** With more changes than this all is painted anew. */
const MOST_CHANGES = 64

/** All marks on the map and the rings around what just changed. Changed at once when an entry arrives, beside the beat. */
export class Marks {
  readonly all = new Map<string, WallMark>()
  rings: Ring[] = []
  /** Where something changed since the last painting; undefined where all did. */
  private changed: LonLat[] | undefined

  reset(cases: Iterable<WallCase>): void {
    this.all.clear()
    this.rings = []
    for (const one of cases) if (one.place) this.all.set(one.id, { place: one.place, stage: one.stage, late: one.late })
    this.changed = undefined
  }

  /** Where something changed since this was asked last: undefined means everywhere. */
  takeChanged(): readonly LonLat[] | undefined {
    const changed = this.changed
    this.changed = []
    return changed
  }

  /** Puts a case where it is now. `start` is when its ring begins; without it there is none. */
  show(id: string, mark: WallMark, start?: number): void {
    const earlier = this.all.get(id)
    this.all.set(id, mark)
    if (earlier) this.change(earlier.place)
    this.change(mark.place)
    if (start !== undefined && earlier?.stage !== mark.stage) this.ring({ place: mark.place, stage: mark.stage, kind: earlier ? 'change' : 'rise', start })
  }

  /** Takes a case away that was closed. */
  settle(id: string, start?: number): void {
    const earlier = this.all.get(id)
    if (!earlier) return
    this.all.delete(id)
    this.change(earlier.place)
    if (start !== undefined) this.ring({ place: earlier.place, stage: 'close', kind: 'settle', start })
  }

  late(id: string): void {
    const mark = this.all.get(id)
    if (!mark || mark.late) return
    this.all.set(id, { ...mark, late: true })
    this.change(mark.place)
  }

  /** The rings seen at `now`; those that are over are forgotten. */
  ringsAt(now: number): readonly Ring[] {
    if (this.rings.some((ring) => now - ring.start > RING_MS[ring.kind])) {
      this.rings = this.rings.filter((ring) => now - ring.start <= RING_MS[ring.kind])
    }
    return this.rings
  }

  private change(place: LonLat): void {
    if (this.changed && this.changed.push(place) > MOST_CHANGES) this.changed = undefined
  }

  private ring(ring: Ring): void {
    this.rings.push(ring)
    if (this.rings.length > MOST_RINGS) this.rings.shift()
  }
}
