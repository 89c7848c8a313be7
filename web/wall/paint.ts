import type { LonLat, Stage } from '@core/model'
import { project, type Camera } from './camera'
import { along, progress, type Flight } from './flights'
import { ORDER } from './flow'
import type { Box } from './frame'
import { RING_MS, type Ring, type WallMark } from './marks'

/** The colours that canvases draw in, read once from the tokens. */
export interface Ink {
  stage: Record<Stage, string>
  late: string
  ground: string
  label: string
}

/** Reads the tokens of an element. */
export function inkOf(element: HTMLElement): Ink {
  const style = getComputedStyle(element)
  const read = (token: string): string => style.getPropertyValue(token).trim() || '#ffffff'
  return {
    stage: { report: read('--stage-report'), triage: read('--stage-triage'), handle: read('--stage-handle'), close: read('--stage-close') },
    late: read('--late'),
    ground: read('--wall-ground'),
    label: read('--wall-label'),
  }
}

/** How large a mark is: fewer marks may be larger. `rem` is the picture's unit. */
export function markSize(count: number, rem: number): number {
  const size = count > 1200 ? 0.4 : count > 500 ? 0.48 : count > 150 ? 0.56 : 0.64
  return size * rem
}

/** Draws the marks, those of later stages below those that have just begun, and apart the outlines of those late (their
 * layer breathes as a whole, which costs nothing a frame). With `changed` only what lies around those places. */
export class MarkPainter {
  /** Where marks lie, for this camera. A mark that changes is another object. */
  private readonly spots = new WeakMap<WallMark, [number, number]>()

  constructor(
    private readonly camera: Camera,
    private readonly box: Box,
    readonly sprites: Sprites,
  ) {}

  paint(above: CanvasRenderingContext2D, late: CanvasRenderingContext2D, marks: Iterable<WallMark>, changed: readonly LonLat[] | undefined): void {
    if (changed?.length === 0) return
    const { half, stage: sprites, late: outline } = this.sprites
    const dirty = changed?.map((place) => this.spot(place))
    for (const context of [above, late]) {
      context.save()
      if (dirty) {
        context.beginPath()
        for (const [x, y] of dirty) context.rect(x - half, y - half, half * 2, half * 2)
        context.clip()
      }
      context.clearRect(0, 0, this.box.width, this.box.height)
    }
    const byStage: Record<Stage, [number, number][]> = { report: [], triage: [], handle: [], close: [] }
    for (const mark of marks) {
      let spot = this.spots.get(mark)
      if (!spot) this.spots.set(mark, (spot = this.spot(mark.place)))
      if (dirty && !near(spot, dirty, half * 2)) continue
      byStage[mark.stage].push(spot)
      if (mark.late) late.drawImage(outline, spot[0] - half, spot[1] - half)
    }
    for (const stage of LAST_FIRST) for (const [x, y] of byStage[stage]) above.drawImage(sprites[stage], x - half, y - half)
    above.restore()
    late.restore()
  }

  private spot(place: LonLat): [number, number] {
    const [x, y] = project(this.camera, place)
    return [Math.round(x - this.box.x), Math.round(y - this.box.y)]
  }
}

const LAST_FIRST: readonly Stage[] = [...ORDER].reverse()

function near([x, y]: readonly [number, number], dirty: readonly (readonly [number, number])[], reach: number): boolean {
  for (const other of dirty) if (Math.abs(x - other[0]) < reach && Math.abs(y - other[1]) < reach) return true
  return false
}

/** Marks drawn once, to be copied. */
export interface Sprites {
  stage: Record<Stage, HTMLCanvasElement>
  late: HTMLCanvasElement
  half: number
}

/** Draws the marks of a size once. */
export function spritesOf(size: number, ink: Ink): Sprites {
  const half = Math.ceil(size * 2.2)
  const draw = (paint: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = half * 2
    const context = canvas.getContext('2d')
    if (context) {
      context.translate(half, half)
      paint(context)
    }
    return canvas
  }
  const mark = (stage: Stage): HTMLCanvasElement =>
    draw((context) => {
      context.lineJoin = context.lineCap = 'round'
      context.strokeStyle = ink.ground
      context.lineWidth = size * 0.5
      context.stroke(shape(stage, size))
      context.fillStyle = context.strokeStyle = ink.stage[stage]
      if (stage === 'close') {
        context.lineWidth = size * 0.52
        context.stroke(shape(stage, size))
      } else context.fill(shape(stage, size))
    })
  return {
    half,
    stage: { report: mark('report'), triage: mark('triage'), handle: mark('handle'), close: mark('close') },
    late: draw((context) => {
      context.strokeStyle = ink.late
      context.lineWidth = Math.max(2, size * 0.36)
      context.beginPath()
      context.arc(0, 0, size * 1.62, 0, Math.PI * 2)
      context.stroke()
    }),
  }
}

function shape(stage: Stage, r: number): Path2D {
  const path = new Path2D()
  if (stage === 'report') path.arc(0, 0, r, 0, Math.PI * 2)
  else if (stage === 'triage') {
    path.moveTo(0, -r * 1.15)
    path.lineTo(r * 1.1, r * 0.85)
    path.lineTo(-r * 1.1, r * 0.85)
    path.closePath()
  } else if (stage === 'handle') path.rect(-r * 0.88, -r * 0.88, r * 1.76, r * 1.76)
  else {
    path.moveTo(-r, r * 0.05)
    path.lineTo(-r * 0.3, r * 0.75)
    path.lineTo(r, -r * 0.7)
  }
  return path
}

/** Draws rings and flights as they stand at `now`; true while there is something left to draw. `seen` is what the canvas
 * shows of the picture, `map` where rings may spread. Without motion a ring stands still and nothing flies. */
export function paintMoving(
  context: CanvasRenderingContext2D,
  scene: { rings: readonly Ring[]; flights: readonly Flight[]; camera: Camera | undefined; map: Box; seen: Box; rem: number; ink: Ink; still: boolean },
  now: number,
): boolean {
  const { seen, rem, ink, camera } = scene
  context.clearRect(0, 0, seen.width, seen.height)
  let left = false
  if (camera) {
    context.save()
    context.beginPath()
    context.rect(scene.map.x - seen.x, scene.map.y - seen.y, scene.map.width, scene.map.height)
    context.clip()
    for (const ring of scene.rings) left = paintRing(context, ring, camera, seen, rem, ink, scene.still, now) || left
    context.restore()
  }
  for (const flight of scene.flights) {
    if (now > flight.start + flight.duration) continue
    left = true
    if (!scene.still) paintFlight(context, flight, seen, rem, ink, now)
  }
  context.globalAlpha = 1
  return left
}

const RADIUS: Record<Ring['kind'], number> = { rise: 5.2, change: 2, settle: 2.6 }

function paintRing(context: CanvasRenderingContext2D, ring: Ring, camera: Camera, seen: Box, rem: number, ink: Ink, still: boolean, now: number): boolean {
  const share = (now - ring.start) / RING_MS[ring.kind]
  if (share > 1) return false
  if (share < 0) return true
  const [x, y] = at(camera, ring.place, seen)
  context.strokeStyle = ink.stage[ring.stage]
  // A report rises in three waves, one after the other; any other change in one.
  const waves = ring.kind === 'rise' ? 3 : 1
  for (let wave = 0; wave < waves; wave++) {
    const own = still ? 0.35 : share * (1 + (waves - 1) * 0.22) - wave * 0.22
    if (own <= 0 || own >= 1) continue
    const spread = 1 - (1 - own) ** 3
    context.globalAlpha = still ? 0.9 : (1 - own) ** 1.5 * 0.95
    context.lineWidth = rem * (0.32 - 0.2 * spread)
    context.beginPath()
    context.arc(x, y, Math.max(1, RADIUS[ring.kind] * rem * spread), 0, Math.PI * 2)
    context.stroke()
    if (still) break
  }
  if (ring.kind === 'settle') {
    context.globalAlpha = still ? 1 : Math.min(1, (1 - share) * 2)
    context.lineWidth = rem * 0.34
    context.lineCap = context.lineJoin = 'round'
    const r = rem * 0.7
    context.beginPath()
    context.moveTo(x - r, y)
    context.lineTo(x - r * 0.3, y + r * 0.7)
    context.lineTo(x + r, y - r * 0.7)
    context.stroke()
  }
  return true
}

const TAIL = 22

function paintFlight(context: CanvasRenderingContext2D, flight: Flight, seen: Box, rem: number, ink: Ink, now: number): void {
  const head = progress(flight, now)
  if (head === undefined) return
  const colour = ink.stage[flight.stage]
  const tail = Math.max(0, head - 0.34)
  context.strokeStyle = colour
  context.lineCap = 'round'
  let [x0, y0] = along(flight, tail)
  for (let at = 1; at <= TAIL; at++) {
    const share = tail + ((head - tail) * at) / TAIL
    const [x, y] = along(flight, share)
    context.globalAlpha = (at / TAIL) ** 2 * 0.85
    context.lineWidth = rem * (0.08 + 0.34 * (at / TAIL))
    context.beginPath()
    context.moveTo(x0 - seen.x, y0 - seen.y)
    context.lineTo(x - seen.x, y - seen.y)
    context.stroke()
    x0 = x
    y0 = y
  }
  context.globalAlpha = 1
  context.fillStyle = colour
  context.translate(x0 - seen.x, y0 - seen.y)
  const path = shape(flight.stage, rem * 0.72)
  if (flight.stage === 'close') {
    context.lineWidth = rem * 0.36
    context.stroke(path)
  } else context.fill(path)
  context.setTransform(1, 0, 0, 1, 0, 0)
}

function at(camera: Camera, place: LonLat, seen: Box): [number, number] {
  const [x, y] = project(camera, place)
  return [x - seen.x, y - seen.y]
}
