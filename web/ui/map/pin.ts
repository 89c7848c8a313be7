import type { Marker } from 'maplibre-gl'
import type { LonLat } from '@core/model'
import type { MapDrawing } from './drawing'
import type { MapLibrary } from './load'

/** How far an arrow key moves the pin, in pixels; with Shift ten times as far. */
const STEP = 4

/** A pin: dragged by pointer, moved by arrow keys; `moved` hears its true place. */
export function makePin(library: MapLibrary, drawing: MapDrawing, options: { draggable: boolean; label: string; moved: (place: LonLat) => void }): Marker {
  const element: HTMLElement = document.createElement(options.draggable ? 'button' : 'span')
  element.className = options.draggable ? 'g-pin' : 'g-pin still'
  element.setAttribute('aria-label', options.label)
  if (element instanceof HTMLButtonElement) element.type = 'button'
  else element.setAttribute('role', 'img')
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 34 44')
  svg.append(shape('path', { d: 'M17 42S31 27 31 16A14 14 0 0 0 3 16C3 27 17 42 17 42Z', fill: 'currentColor', stroke: 'var(--surface)', 'stroke-width': '2' }))
  svg.append(shape('circle', { cx: '17', cy: '16', r: '5', fill: 'var(--surface)' }))
  element.append(svg)
  const marker = new library.Marker({ element, anchor: 'bottom', draggable: options.draggable })
  const tell = (): void => options.moved(drawing.truth(marker.getLngLat().toArray() as LonLat))
  marker.on('dragend', tell)
  if (!options.draggable) return marker
  element.addEventListener('keydown', (event: KeyboardEvent) => {
    const step = event.shiftKey ? STEP * 10 : STEP
    const ways: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }
    const way = ways[event.key]
    if (!way) return
    event.preventDefault()
    event.stopPropagation()
    const at = drawing.map.project(marker.getLngLat())
    marker.setLngLat(drawing.map.unproject([at.x + way[0], at.y + way[1]]))
    tell()
  })
  return marker
}

function shape(name: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}
