import type { MapGeoJSONFeature, MapMouseEvent } from 'maplibre-gl'
import type { LonLat } from '@core/model'
import type { MapDrawing } from './drawing'
import { MARK_LAYERS, openCluster } from './marks'

/** What a press, a pointer and a drag on the map mean. */
export interface MapHears {
  mark: (id: string) => void
  cell: (id: string) => void
  hover: (id: string | null) => void
  /** A press on the ground, where a pin may be set; it then counts for no cell. */
  point?: ((event: MapMouseEvent) => void) | undefined
  over: (cell: string | undefined) => void
  drop: (id: string, place: LonLat, cell: string | null) => void
  draggable: () => boolean
}

/** Binds them until the function returned is called. */
export function bindMap(drawing: MapDrawing, hears: MapHears): () => void {
  const { map } = drawing
  const markAt = (event: MapMouseEvent): MapGeoJSONFeature | undefined => {
    const { x, y } = event.point
    const layers = MARK_LAYERS.filter((id) => map.getLayer(id))
    return map.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]], { layers })[0]
  }
  const idOf = (feature: MapGeoJSONFeature | undefined): string | null => {
    const id = feature?.properties['id'] as unknown
    return typeof id === 'string' ? id : null
  }
  let hovered: string | null = null
  let held: string | null = null

  const click = (event: MapMouseEvent): void => {
    const feature = markAt(event)
    const cluster = feature?.properties['cluster_id'] as unknown
    if (typeof cluster === 'number' && feature?.geometry.type === 'Point') void openCluster(map, cluster, feature.geometry.coordinates as [number, number])
    else {
      const mark = idOf(feature)
      const cell = drawing.cellAt(event.point)
      if (mark) hears.mark(mark)
      else if (hears.point) hears.point(event)
      else if (cell) hears.cell(cell)
    }
  }
  const move = (event: MapMouseEvent): void => {
    if (held) {
      hears.over(drawing.cellAt(event.point))
      return
    }
    const feature = markAt(event)
    map.getCanvas().style.cursor = feature ? 'pointer' : ''
    const id = idOf(feature)
    if (id !== hovered) hears.hover((hovered = id))
  }
  const down = (event: MapMouseEvent): void => {
    const id = hears.draggable() ? idOf(markAt(event)) : null
    if (!id) return
    event.preventDefault()
    held = id
    map.getCanvas().style.cursor = 'grabbing'
    map.once('mouseup', (up) => {
      const moved = Math.hypot(up.point.x - event.point.x, up.point.y - event.point.y) > 6
      held = null
      map.getCanvas().style.cursor = ''
      hears.over(undefined)
      if (moved) hears.drop(id, drawing.truth(up.lngLat.toArray() as LonLat), drawing.cellAt(up.point) ?? null)
    })
  }
  map.on('click', click)
  map.on('mousemove', move)
  map.on('mousedown', down)
  return () => {
    map.off('click', click)
    map.off('mousemove', move)
    map.off('mousedown', down)
  }
}
