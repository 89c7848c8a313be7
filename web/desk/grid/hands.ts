import type { Map as MapLibre, MapMouseEvent, MapTouchEvent } from 'maplibre-gl'
import { fromDatum, type Datum } from '@core/geo'
import type { LonLat } from '@core/model'
import type { Arc } from '@core/grid/drafts'
import { reachOf } from '@core/grid/plane'
import { Pen } from './pen'
import type { Workbench } from './workbench'

/** A press that misses by so many pixels still means what is there. */
const NEAR_PX = 9
/** The same for a finger, which covers what it means. */
const FINGER_PX = 22
/** A pointer that moved less than this share of that was pressed, not dragged. */
const STILL = 1 / 3
/** After a touch browsers make up a mouse, in so many milliseconds. */
const MADE_UP_MS = 700
/** How far an arrow key moves, and with Shift. */
const STEP_PX = [4, 40] as const

const CURSORS = { vertex: 'grab', edge: 'copy', arc: 'move' } as const

/** The pointer, one finger and the keys on the map, for a pen. What comes in one frame is done once. */
export class Hands {
  readonly pen: Pen
  private frame = 0
  private dragging: { from: MapMouseEvent['point']; moved: boolean } | undefined
  private last: LonLat | undefined
  private near = NEAR_PX
  private touched = -MADE_UP_MS

  constructor(
    private readonly map: MapLibre,
    private readonly bench: Workbench,
    private readonly datum: Datum,
    private readonly hover: (arc: Arc | undefined) => void,
  ) {
    this.pen = new Pen(bench, () => reachOf(this.near, map.getZoom(), map.getCenter().lat))
    map.on('mousedown', this.down)
    map.on('mousemove', this.move)
    map.on('click', this.click)
    map.on('touchstart', this.touch)
    map.on('touchmove', this.move)
    map.on('touchend', this.up)
    map.on('touchcancel', this.drop)
    window.addEventListener('mouseup', this.up)
    map.getCanvasContainer().addEventListener('mouseleave', this.leave)
  }

  end(): void {
    cancelAnimationFrame(this.frame)
    this.map.off('mousedown', this.down)
    this.map.off('mousemove', this.move)
    this.map.off('click', this.click)
    this.map.off('touchstart', this.touch)
    this.map.off('touchmove', this.move)
    this.map.off('touchend', this.up)
    this.map.off('touchcancel', this.drop)
    window.removeEventListener('mouseup', this.up)
    this.map.getCanvasContainer().removeEventListener('mouseleave', this.leave)
  }

  /** An arrow key: as far on the screen at every zoom. */
  nudge(x: number, y: number, far: boolean): void {
    const step = reachOf(STEP_PX[far ? 1 : 0], this.map.getZoom(), this.map.getCenter().lat)
    this.pen.nudge((x * step) / Math.cos((this.map.getCenter().lat * Math.PI) / 180), y * step)
    const at = this.bench.cursor.value
    if (at && !this.map.getBounds().contains(at)) this.map.easeTo({ center: at })
  }

  private readonly truth = (event: MapMouseEvent | MapTouchEvent): LonLat => fromDatum(event.lngLat.toArray() as LonLat, this.datum)

  private readonly down = (event: MapMouseEvent): void => {
    if (performance.now() - this.touched < MADE_UP_MS) return
    this.near = NEAR_PX
    if (event.originalEvent.button === 0) this.take(event)
  }

  /** One finger takes hold of a border as the pointer does; a second one means the map. */
  private readonly touch = (event: MapTouchEvent): void => {
    this.near = FINGER_PX
    this.touched = performance.now()
    if (event.points.length === 1) this.take(event)
    else this.drop()
  }

  private take(event: MapMouseEvent | MapTouchEvent): void {
    this.last = this.truth(event)
    if (this.bench.busy.value || !this.pen.press(this.last)) return
    // The map stays where it is meanwhile.
    event.preventDefault()
    this.dragging = { from: event.point, moved: false }
    this.map.getCanvasContainer().style.cursor = 'grabbing'
  }

  /** Lets go of what was being dragged, as if nobody had touched it. */
  private readonly drop = (): void => {
    if (!this.dragging) return
    this.dragging = undefined
    cancelAnimationFrame(this.frame)
    this.map.getCanvasContainer().style.cursor = ''
    this.pen.release()
  }

  private readonly move = (event: MapMouseEvent | MapTouchEvent): void => {
    this.last = this.truth(event)
    const { dragging } = this
    if (dragging && Math.hypot(event.point.x - dragging.from.x, event.point.y - dragging.from.y) > this.near * STILL) dragging.moved = true
    cancelAnimationFrame(this.frame)
    this.frame = requestAnimationFrame(this.follow)
  }

  private readonly follow = (): void => {
    const at = this.last
    if (!at) return
    if (this.dragging) {
      if (this.dragging.moved) this.pen.drag(at)
      return
    }
    this.pen.over(at)
    const grasp = this.pen.grasp(at)
    this.map.getCanvasContainer().style.cursor = this.pen.draws ? 'crosshair' : grasp ? CURSORS[grasp] : ''
    this.hover(grasp === 'arc' ? this.bench.drawing?.edgeNear(at, reachOf(NEAR_PX, this.map.getZoom(), at[1]))?.arc : undefined)
  }

  private readonly up = (): void => {
    const { dragging } = this
    if (!dragging) return
    this.dragging = undefined
    if (this.near === FINGER_PX) this.touched = performance.now()
    cancelAnimationFrame(this.frame)
    if (dragging.moved && this.last) this.pen.drag(this.last)
    this.map.getCanvasContainer().style.cursor = ''
    // The click that follows belongs to the drag.
    this.dropped = performance.now()
    void this.pen.drop(dragging.moved)
  }

  private dropped = 0

  private readonly click = (event: MapMouseEvent): void => {
    if (performance.now() - this.dropped < 250) return
    const { shiftKey, ctrlKey, metaKey } = event.originalEvent
    void this.pen.click(this.truth(event), shiftKey || ctrlKey || metaKey)
  }

  private readonly leave = (): void => {
    if (!this.dragging) this.hover(undefined)
  }
}
