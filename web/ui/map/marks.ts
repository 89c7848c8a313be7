import type { FeatureCollection, Point } from 'geojson'
import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl'
import { toDatum, type Datum } from '@core/geo'
import type { Mark } from './mark'
import { CLUSTER_IMAGE, CLUSTER_SUMS } from './clusters'

/** The layers that can be pressed: marks and clusters. */
export const MARK_LAYERS = ['marks', 'clusters'] as const

/** The marks as the map draws them. */
export function markFeatures(marks: readonly Mark[], datum: Datum): FeatureCollection<Point> {
  return {
    type: 'FeatureCollection',
    features: marks.map((mark) => ({
      type: 'Feature',
      properties: {
        id: mark.id,
        stage: mark.stage ?? 'report',
        late: mark.late ?? false,
        icon: `mark-${mark.stage ?? 'report'}${mark.late ? '-late' : ''}`,
        title: mark.title ?? '',
        order: mark.late ? 1 : 0,
      },
      geometry: { type: 'Point', coordinates: toDatum(mark.place, datum) },
    })),
  }
}

/**
 * Puts the source and layers of marks on the map, above all else. Where marks are gathered into clusters, names make room
 * for them; on a map of single marks that move all the time the names stand still.
 */
export function addMarks(map: MapLibre, data: FeatureCollection<Point>, cluster: boolean, accent: string): void {
  map.addSource('marks', {
    type: 'geojson',
    data,
    promoteId: 'id',
    ...(cluster ? { cluster: true, clusterRadius: 42, clusterMaxZoom: 15, clusterMinPoints: 3, clusterProperties: CLUSTER_SUMS } : {}),
  })
  map.addLayer({
    id: 'mark-chosen',
    type: 'circle',
    source: 'marks',
    filter: ['==', ['get', 'id'], ''],
    paint: { 'circle-radius': 17, 'circle-color': accent, 'circle-opacity': 0.18, 'circle-stroke-color': accent, 'circle-stroke-width': 2 },
  })
  map.addLayer({
    id: 'mark-picked',
    type: 'circle',
    source: 'marks',
    filter: ['==', ['get', 'id'], ''],
    paint: { 'circle-radius': 13, 'circle-color': accent, 'circle-opacity': 0.28, 'circle-stroke-color': accent, 'circle-stroke-width': 1.5 },
  })
  map.addLayer({
    id: 'marks',
    type: 'symbol',
    source: 'marks',
    filter: ['!', ['has', 'point_count']],
    layout: { 'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-ignore-placement': !cluster, 'symbol-sort-key': ['get', 'order'] },
  })
  if (!cluster) return
  map.addLayer({
    id: 'clusters',
    type: 'symbol',
    source: 'marks',
    filter: ['has', 'point_count'],
    layout: { 'icon-image': CLUSTER_IMAGE, 'icon-allow-overlap': true },
  })
}

/** Changes the marks. */
export function setMarks(map: MapLibre, data: FeatureCollection<Point>): void {
  void map.getSource<GeoJSONSource>('marks')?.setData(data)
}

/** Opens a cluster: flies to where it falls apart. */
export async function openCluster(map: MapLibre, id: number, at: [number, number]): Promise<void> {
  const source = map.getSource<GeoJSONSource>('marks')
  if (!source) return
  const zoom = await source.getClusterExpansionZoom(id)
  map.easeTo({ center: at, zoom: zoom + 0.3 })
}
