import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import { mapColours, type MapColours } from '@ui/map/style'

/** The colours of the editor beside those of every map. */
export interface EditorColours extends MapColours { danger: string; good: string; moved: string }

/** As they are on the page now. */
export function editorColours(): EditorColours {
  const css = getComputedStyle(document.documentElement)
  const token = (name: string): string => css.getPropertyValue(name).trim() || '#888888'
  return { ...mapColours(), danger: token('--danger'), good: token('--good'), moved: token('--stage-triage') }
}

/** The sources of the editor: what is large and changes seldom, and what is small and changes with every movement. */
export const SOURCES = ['draft-cells', 'draft-arcs', 'draft-labels', 'draft-guides', 'draft-extra', 'draft-live', 'draft-handles'] as const

const state = (name: string, then: number, otherwise: number | ExpressionSpecification): ExpressionSpecification => ['case', ['boolean', ['feature-state', name], false], then, otherwise] as ExpressionSpecification
const is = (name: string, value: string): ExpressionSpecification => ['==', ['get', name], value]

/** All layers, from below to above. */
export function editorLayers(colours: EditorColours): LayerSpecification[] {
  const { accent, line, strong, danger, moved, label, halo, surface } = colours
  const round = { 'line-join': 'round', 'line-cap': 'round' } as const
  return [
    { id: 'draft-fill', type: 'fill', source: 'draft-cells', paint: { 'fill-color': accent, 'fill-opacity': state('moving', 0, state('chosen', 0.24, ['coalesce', ['get', 'shade'], 0.02])) } },
    // What overlaps or lies between shapes of a file with defects shows through their outlines.
    { id: 'draft-shape', type: 'line', source: 'draft-cells', filter: is('drawn', 'apart'), layout: round, paint: { 'line-color': strong, 'line-width': 1.2, 'line-opacity': 0.8 } },
    { id: 'draft-guide', type: 'line', source: 'draft-guides', layout: round, paint: { 'line-color': colours.good, 'line-width': 2.5, 'line-opacity': 0.55 } },
    { id: 'draft-ground', type: 'fill', source: 'draft-extra', filter: is('of', 'moved'), paint: { 'fill-color': moved, 'fill-opacity': ['case', ['==', ['get', 'lit'], true], 0.8, 0.45] } },
    { id: 'draft-ground-line', type: 'line', source: 'draft-extra', filter: is('of', 'moved'), layout: round, paint: { 'line-color': moved, 'line-width': 1.5 } },
    { id: 'draft-piece', type: 'fill', source: 'draft-live', filter: is('of', 'piece'), paint: { 'fill-color': accent, 'fill-opacity': ['case', ['==', ['get', 'side'], 'new'], 0.4, 0.12] } },
    {
      id: 'draft-line', type: 'line', source: 'draft-arcs', layout: round,
      paint: {
        'line-color': ['match', ['get', 'depth'], 2, line, strong],
        'line-width': ['interpolate', ['linear'], ['zoom'], 11, ['match', ['get', 'depth'], 0, 2.2, 1, 1.2, 0.6], 15, ['match', ['get', 'depth'], 0, 3, 1, 2.4, 1.4]],
        'line-opacity': state('moving', 0.25, 1),
      },
    },
    { id: 'draft-chosen', type: 'line', source: 'draft-arcs', layout: round, paint: { 'line-color': accent, 'line-width': 2.6, 'line-opacity': state('moving', 0, state('chosen', 1, 0)) } },
    { id: 'draft-fault', type: 'fill', source: 'draft-extra', filter: is('of', 'defect'), paint: { 'fill-color': danger, 'fill-opacity': ['case', ['==', ['get', 'lit'], true], 0.6, 0.34] } },
    { id: 'draft-fault-line', type: 'line', source: 'draft-extra', filter: is('of', 'defect'), layout: round, paint: { 'line-color': danger, 'line-width': ['case', ['==', ['get', 'lit'], true], 3, 1.8] } },
    {
      id: 'draft-fault-place', type: 'circle', source: 'draft-extra', filter: is('of', 'place'),
      paint: { 'circle-radius': ['case', ['==', ['get', 'lit'], true], 11, 6], 'circle-color': danger, 'circle-opacity': 0.18, 'circle-stroke-color': danger, 'circle-stroke-width': ['case', ['==', ['get', 'lit'], true], 2.5, 1.5] },
    },
    { id: 'draft-tried', type: 'line', source: 'draft-live', filter: is('of', 'tried'), layout: round, paint: { 'line-color': danger, 'line-width': 2, 'line-dasharray': [1.5, 2] } },
    { id: 'draft-live', type: 'line', source: 'draft-live', filter: is('of', 'line'), layout: round, paint: { 'line-color': ['case', ['==', ['get', 'bad'], true], danger, accent], 'line-width': 3 } },
    { id: 'draft-rubber', type: 'line', source: 'draft-live', filter: is('of', 'rubber'), layout: round, paint: { 'line-color': accent, 'line-width': 2, 'line-dasharray': [1, 2] } },
    { id: 'draft-hover', type: 'line', source: 'draft-live', filter: is('of', 'hover'), layout: round, paint: { 'line-color': accent, 'line-width': 5, 'line-opacity': 0.45 } },
    {
      id: 'draft-label', type: 'symbol', source: 'draft-labels', minzoom: 12,
      layout: {
        'text-field': ['case', ['==', ['get', 'figure'], ''], ['get', 'title'], ['format', ['get', 'title'], {}, '\n', {}, ['get', 'figure'], { 'font-scale': 1.05 }]],
        'text-font': ['sans-serif'],
        'text-size': ['interpolate', ['linear'], ['zoom'], 12, 10.5, 16, 14],
        'text-max-width': 8,
        'text-padding': 2,
      },
      paint: { 'text-color': label, 'text-halo-color': halo, 'text-halo-width': 1.5 },
    },
    {
      id: 'draft-handle', type: 'circle', source: 'draft-handles', minzoom: 12,
      paint: {
        'circle-radius': ['match', ['get', 'of'], 'focus', 7, 'cursor', 6, 'fixed', 2, 4],
        'circle-color': ['match', ['get', 'of'], 'focus', accent, 'fixed', strong, surface],
        'circle-stroke-color': ['match', ['get', 'of'], 'fixed', strong, accent],
        'circle-stroke-width': ['match', ['get', 'of'], 'fixed', 0, 2],
      },
    },
  ]
}
