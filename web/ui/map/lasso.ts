import type { Map as MapLibre } from 'maplibre-gl'
import type { LonLat } from '@core/model'

/**
 * Draws a line by hand on the map until the pointer is lifted, and tells its corners. Ends when the function returned
 * is called; the map stands still meanwhile.
 */
export function drawLasso(map: MapLibre, done: (ring: LonLat[]) => void): () => void {
  const canvas = map.getCanvasContainer()
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polygon')
  svg.setAttribute('class', 'g-lasso')
  svg.append(line)
  canvas.append(svg)
  map.dragPan.disable()
  canvas.style.cursor = 'crosshair'
  let points: [number, number][] = []

  const at = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return
    points = [at(event)]
    canvas.setPointerCapture(event.pointerId)
    event.stopPropagation()
  }
  const move = (event: PointerEvent): void => {
    if (points.length === 0) return
    points.push(at(event))
    line.setAttribute('points', points.map((point) => point.join(',')).join(' '))
  }
  const up = (): void => {
    const ring = points.map((point) => map.unproject(point).toArray() as LonLat)
    points = []
    line.setAttribute('points', '')
    if (ring.length > 3) done(ring)
  }
  canvas.addEventListener('pointerdown', down, true)
  canvas.addEventListener('pointermove', move)
  canvas.addEventListener('pointerup', up)
  return () => {
    canvas.removeEventListener('pointerdown', down, true)
    canvas.removeEventListener('pointermove', move)
    canvas.removeEventListener('pointerup', up)
    canvas.style.cursor = ''
    svg.remove()
    map.dragPan.enable()
  }
}

/** Whether a place lies within a ring (even-odd rule). */
export function within(place: LonLat, ring: readonly LonLat[]): boolean {
  const [x, y] = place
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i] ?? [0, 0]
    const [xj, yj] = ring[j] ?? [0, 0]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
