import type { Position } from 'geojson'
import type { Box } from '../geo'
import { boxOf, inBox } from '../geo'
import type { LonLat } from '../model'
import { sweepM2 } from './area'
import { polygonsOf, ringsOf, type Ring, type Stretch } from './chain'
import { apart, around, enclosed, meet, nearestOn, same } from './plane'
import { Squares } from './squares'
import type { Arc, Change, DrawingData, DrawnCell } from './drafts'

/** A vertex of a drawing and the borders that pass it. */
export interface Vertex { at: LonLat; arcs: Arc[] }
/** A place on an edge of a border: between place `edge` and the next. */
export interface OnEdge { at: LonLat; arc: Arc; edge: number; share: number }
/** Lines of borders other than the drawing has them, while something is dragged. */
export type Lines = ReadonlyMap<Arc['id'], readonly LonLat[]>

const NONE: Lines = new Map()

/**
 * A drawing as topology: every shared border once, with the leaf to its left and the leaf to its right. A border that moves is
 * moved for both. What changed on the server is applied to it; nothing else changes it.
 */
export class Drawing {
  readonly cells = new Map<string, DrawnCell>()
  readonly arcs = new Map<Arc['id'], Arc>()
  /** A latitude near everything, from which areas are measured. */
  readonly base: number
  private readonly squares: Squares<Arc>
  private readonly ofCell = new Map<string, Set<Arc>>()
  private readonly boxes = new Map<string, Box>()
  private readonly sweeps = new Map<Arc['id'], number>()

  constructor(
    data: Pick<DrawingData, 'cells' | 'arcs' | 'bounds'>,
    public version: number,
  ) {
    const [west, south, east, north] = data.bounds as Box
    this.base = (south + north) / 2
    const edges = data.arcs.reduce((sum, arc) => sum + arc.line.length, 1)
    // A square for some eight edges.
    this.squares = new Squares(west, south, Math.max(1e-6, Math.sqrt(((east - west) * (north - south) * 8) / edges)))
    for (const cell of data.cells) this.cells.set(cell.id, cell)
    for (const arc of data.arcs) this.put(arc)
  }

  /** Takes over what the server says has changed; the ids of the arcs and cells that look different now. */
  apply(change: Pick<Change, 'gone' | 'arcs' | 'cells' | 'draft'>): { arcs: Set<Arc['id']>; cells: Set<string> } {
    const arcs = new Set<Arc['id']>()
    const cells = new Set<string>(change.gone.cells)
    const touch = (arc: Arc): void => {
      arcs.add(arc.id)
      for (const cell of [arc.left, arc.right]) if (cell) cells.add(cell)
    }
    for (const id of [...change.gone.arcs, ...change.arcs.map((arc) => arc.id)]) {
      const old = this.arcs.get(id)
      if (!old) continue
      touch(old)
      this.take(old)
    }
    for (const id of change.gone.cells) this.cells.delete(id)
    for (const cell of change.cells) {
      this.cells.set(cell.id, cell)
      cells.add(cell.id)
    }
    for (const arc of change.arcs) {
      this.put(arc)
      touch(arc)
    }
    this.version = change.draft.version
    return { arcs, cells }
  }

  leaves(): DrawnCell[] {
    return [...this.cells.values()].filter((cell) => cell.leaf)
  }

  arcsOf(cell: string): ReadonlySet<Arc> {
    return this.ofCell.get(cell) ?? new Set()
  }

  /** The leaves that have a border with a cell, and how long the longest stretch is. */
  neighbours(cell: string): Set<string> {
    const found = new Set<string>()
    for (const arc of this.arcsOf(cell)) {
      const other = arc.left === cell ? arc.right : arc.left
      if (other) found.add(other)
    }
    return found
  }

  rings(cell: string, lines: Lines = NONE): Ring[] {
    const stretches: Stretch[] = []
    for (const arc of this.arcsOf(cell)) {
      const line = lines.get(arc.id) ?? arc.line
      if (arc.left === cell) stretches.push({ line, beyond: arc.right })
      if (arc.right === cell) stretches.push({ line: [...line].reverse(), beyond: arc.left })
    }
    return ringsOf(stretches)
  }

  polygons(cell: string, lines: Lines = NONE): Position[][][] {
    return polygonsOf(this.rings(cell, lines).map((ring) => ring.places))
  }

  /** The area in m², also of a cell whose borders are being moved. */
  areaM2(cell: string, lines: Lines = NONE): number {
    let sum = 0
    for (const arc of this.arcsOf(cell)) {
      const line = lines.get(arc.id)
      const sweep = line ? sweepM2(line, this.base) : this.sweep(arc)
      sum += (arc.left === cell ? sweep : 0) - (arc.right === cell ? sweep : 0)
    }
    return sum
  }

  /** Whether a leaf has a place. */
  has(cell: string, place: LonLat, lines: Lines = NONE): boolean {
    return enclosed(place, this.linesOf(cell, lines))
  }

  /** The leaf that has a place. */
  cellAt(place: LonLat): string | undefined {
    for (const cell of this.cells.values()) {
      if (cell.leaf && inBox(place, this.boxOf(cell.id)) && this.has(cell.id, place)) return cell.id
    }
    return undefined
  }

  boxOf(cell: string): Box {
    const known = this.boxes.get(cell)
    if (known) return known
    const box = boxOf([...this.arcsOf(cell)].flatMap((arc) => arc.line)) ?? [0, 0, 0, 0]
    this.boxes.set(cell, box)
    return box
  }

  /** The borders that may pass through a box. */
  near(box: Box): Set<Arc> {
    return this.squares.near(box)
  }

  /** The borders that have a vertex exactly at a place. */
  passing(place: LonLat): Arc[] {
    return [...this.near([place[0], place[1], place[0], place[1]])].filter((arc) => arc.line.some((one) => same(one, place)))
  }

  /** The vertex nearest to a place, within so many degrees of latitude, of the borders that `fits` lets pass. */
  vertexNear(place: LonLat, reach: number, fits: (arc: Arc) => boolean = () => true): Vertex | undefined {
    const box = around(place, reach)
    let best: LonLat | undefined
    let least = reach
    for (const arc of this.near(box)) {
      if (!fits(arc)) continue
      for (const one of arc.line) {
        if (!inBox(one, box)) continue
        const far = apart(one, place)
        if (far <= least) [best, least] = [one, far]
      }
    }
    return best && { at: best, arcs: this.passing(best) }
  }

  /** The place on a border nearest to another, within so many degrees of latitude. */
  edgeNear(place: LonLat, reach: number, fits: (arc: Arc) => boolean = () => true): OnEdge | undefined {
    const box = around(place, reach)
    let best: OnEdge | undefined
    let least = reach
    for (const arc of this.near(box)) {
      if (!fits(arc)) continue
      for (let edge = 0; edge + 1 < arc.line.length; edge += 1) {
        const [a, b] = [arc.line[edge] as LonLat, arc.line[edge + 1] as LonLat]
        if (!meet(box, [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])])) continue
        const on = nearestOn(a, b, place)
        const far = apart(on.at, place)
        if (far <= least) [best, least] = [{ ...on, arc, edge }, far]
      }
    }
    return best
  }

  /** The lines that enclose a leaf, in no order. */
  linesOf(cell: string, lines: Lines = NONE): (readonly LonLat[])[] {
    return [...this.arcsOf(cell)].map((arc) => lines.get(arc.id) ?? arc.line)
  }

  private sweep(arc: Arc): number {
    const known = this.sweeps.get(arc.id) ?? sweepM2(arc.line, this.base)
    this.sweeps.set(arc.id, known)
    return known
  }

  private put(arc: Arc): void {
    this.arcs.set(arc.id, arc)
    this.squares.add(arc, arc.line)
    for (const cell of [arc.left, arc.right]) {
      if (!cell) continue
      this.boxes.delete(cell)
      const of = this.ofCell.get(cell)
      if (of) of.add(arc)
      else this.ofCell.set(cell, new Set([arc]))
    }
  }

  private take(arc: Arc): void {
    this.arcs.delete(arc.id)
    this.sweeps.delete(arc.id)
    this.squares.remove(arc, arc.line)
    for (const cell of [arc.left, arc.right]) {
      if (!cell) continue
      this.boxes.delete(cell)
      this.ofCell.get(cell)?.delete(arc)
    }
  }
}
