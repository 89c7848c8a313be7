import type { ExpressionSpecification, Map as MapLibre } from 'maplibre-gl'
import { STAGES } from '@core/stage'

const RATIO = 3
const MOST = 400
const PREFIX = 'cluster'

/** Sums that each cluster carries: how many of each stage, and how many late. */
export const CLUSTER_SUMS: Record<string, unknown> = Object.fromEntries([
  ...STAGES.map(({ stage }) => [stage, ['+', ['case', ['==', ['get', 'stage'], stage], 1, 0]]]),
  ['late', ['+', ['case', ['get', 'late'], 1, 0]]],
])

/** The name of a cluster's picture, from its sums. */
export const CLUSTER_IMAGE: ExpressionSpecification = [
  'concat',
  PREFIX,
  ...STAGES.flatMap(({ stage }): [string, ExpressionSpecification] => ['-', ['to-string', ['get', stage]]]),
  '-',
  ['to-string', ['get', 'late']],
]

/** Draws the pictures of clusters as the map comes to need them: a ring of the stages' shares around the number. */
export function drawClusters(map: MapLibre, colours: { surface: string; text: string; late: string }): void {
  const made: string[] = []
  map.setMissingStyleImageResolver((name) => {
    const picture = name.startsWith(`${PREFIX}-`) ? ring(name, colours) : null
    if (!picture || map.hasImage(name)) return
    map.addImage(name, picture, { pixelRatio: RATIO })
    made.push(name)
    // A wall runs for months: what has not been drawn for long makes room.
    const oldest = made.length > MOST ? made.shift() : undefined
    if (oldest && map.hasImage(oldest)) map.removeImage(oldest)
  })
}

function ring(name: string, colours: { surface: string; text: string; late: string }): ImageData | null {
  const numbers = name.split('-').slice(1).map(Number)
  const late = numbers.pop() ?? 0
  const count = numbers.reduce((sum, one) => sum + one, 0)
  const size = count >= 1000 ? 52 : count >= 100 ? 46 : count >= 10 ? 40 : 34
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * RATIO
  const pen = canvas.getContext('2d')
  if (!pen || count === 0) return null
  pen.scale(RATIO, RATIO)
  const middle = size / 2
  const radius = middle - (late > 0 ? 6 : 4)
  if (late > 0) {
    pen.beginPath()
    pen.arc(middle, middle, middle - 1.5, 0, 2 * Math.PI)
    pen.lineWidth = 2
    pen.strokeStyle = colours.late
    pen.stroke()
  }
  pen.beginPath()
  pen.arc(middle, middle, radius + 1, 0, 2 * Math.PI)
  pen.fillStyle = colours.surface
  pen.fill()
  let from = -Math.PI / 2
  numbers.forEach((n, index) => {
    const to = from + (2 * Math.PI * n) / count
    if (n > 0) {
      pen.beginPath()
      pen.arc(middle, middle, radius - 2, from, to)
      pen.lineWidth = 5
      pen.strokeStyle = STAGES[index]?.colour ?? colours.text
      pen.stroke()
    }
    from = to
  })
  pen.fillStyle = colours.text
  pen.font = `600 ${count >= 1000 ? 12 : 13}px system-ui, sans-serif`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(String(count), middle, middle + 0.5)
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}
