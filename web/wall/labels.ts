import type { Cell, LonLat, Territory } from '@core/model'
import { project, type Camera } from './camera'
import type { Box } from './frame'

/** A name on the map. */
export interface Label {
  text: string
  x: number
  y: number
  /** In pixels of the picture. */
  size: number
}

/** The cells whose names stand on the map: those just above the leaves, which people call their village. */
export function named(territory: Territory): Cell[] {
  const above = new Set(territory.cells.filter((cell) => cell.leaf && cell.parent !== territory.root).map((cell) => cell.parent))
  return territory.cells.filter((cell) => above.has(cell.id) || (cell.leaf && cell.parent === territory.root))
}

/** A leaf's place stands for a village whose own label lies at one of them: the middle of all its leaves reads better. */
export function middle(cell: Cell, territory: Territory): LonLat {
  const leaves = territory.cells.filter((one) => one.leaf && one.parent === cell.id)
  const area = leaves.reduce((sum, one) => sum + one.area_m2, 0)
  if (leaves.length === 0 || area <= 0) return cell.label
  const mean = (axis: 0 | 1): number => leaves.reduce((sum, one) => sum + one.label[axis] * one.area_m2, 0) / area
  return [mean(0), mean(1)]
}

/** Lays names out so that none covers another or leaves the box; the first of the list go first, those without room are
 * left out. `width` measures a text at a size. */
export function place(wanted: readonly { text: string; at: LonLat; size: number }[], camera: Camera, box: Box, width: (text: string, size: number) => number): Label[] {
  const taken: Box[] = []
  const labels: Label[] = []
  for (const { text, at, size } of wanted) {
    const [x, y] = project(camera, at)
    const wide = width(text, size) + size * 0.4
    const own: Box = { x: x - wide / 2, y: y - size * 0.65, width: wide, height: size * 1.3 }
    const inside = own.x >= box.x && own.y >= box.y && own.x + own.width <= box.x + box.width && own.y + own.height <= box.y + box.height
    if (!inside || taken.some((other) => overlap(own, other))) continue
    taken.push(own)
    labels.push({ text, x, y, size })
  }
  return labels
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** Writes the names with a halo of the ground, so that they are read above any tint. */
export function paintLabels(context: CanvasRenderingContext2D, labels: readonly Label[], box: Box, style: { face: string; ink: string; ground: string; weight: number }): void {
  context.clearRect(0, 0, box.width, box.height)
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  for (const label of labels) {
    context.font = `${style.weight} ${label.size}px ${style.face}`
    context.strokeStyle = style.ground
    context.lineWidth = label.size * 0.3
    context.globalAlpha = 0.8
    context.strokeText(label.text, label.x - box.x, label.y - box.y)
    context.globalAlpha = 1
    context.fillStyle = style.ink
    context.fillText(label.text, label.x - box.x, label.y - box.y)
  }
}
