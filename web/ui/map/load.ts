import type { Map as MapLibre } from 'maplibre-gl'
import type { Box } from '@core/geo'
import { askAgain } from './again'
import type { TownMap } from './town-map'
import type { StyleSpecification } from 'maplibre-gl'

/** The library, loaded when the first map is shown. */
export type MapLibrary = typeof import('maplibre-gl')

const FACES = "'PingFang SC', 'Hiragino Sans GB', 'Noto Sans CJK SC', 'Microsoft YaHei', system-ui, sans-serif"
/** Room around the town into which the map may be moved, as a share of its size. */
const ROOM = 1.2

let loading: Promise<MapLibrary> | undefined

/** Loads the library with its worker. */
export function loadLibrary(): Promise<MapLibrary> {
  loading ??= Promise.all([
    import('maplibre-gl'),
    import('maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'),
    import('maplibre-gl/dist/maplibre-gl.css'),
  ]).then(([library, worker]) => {
    library.setWorkerUrl(worker.default)
    return library
  })
  return loading
}

/** A map in an element, or a failure where the browser cannot draw one. */
export async function makeMap(
  library: MapLibrary,
  container: HTMLElement,
  town: TownMap,
  style: StyleSpecification,
  options: { interactive: boolean; padding: number; locale: Record<string, string> },
): Promise<MapLibre> {
  if (town.base?.type === 'pmtiles') await pmtiles(library)
  const map = new library.Map({
    container,
    style,
    bounds: town.bounds,
    fitBoundsOptions: { padding: options.padding },
    maxBounds: wider(town.bounds),
    interactive: options.interactive,
    attributionControl: town.base ? { compact: true } : false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    minZoom: 8,
    maxZoom: 19,
    fadeDuration: 120,
    localIdeographFontFamily: FACES,
    locale: options.locale,
  })
  askAgain(map)
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  return map
}

let known = false

async function pmtiles(library: MapLibrary): Promise<void> {
  if (known) return
  known = true
  const { Protocol } = await import('pmtiles')
  library.addProtocol('pmtiles', new Protocol().tile)
}

function wider([west, south, east, north]: Box): Box {
  const x = (east - west) * ROOM
  const y = (north - south) * ROOM
  return [west - x, south - y, east + x, north + y]
}
