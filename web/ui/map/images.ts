import type { Map as MapLibre } from 'maplibre-gl'
import { STAGES } from '@core/stage'

const SIZE = 26
const RATIO = 3

/** The name of the picture of a mark. */
export function markImage(stage: string, late: boolean): string {
  return late ? `mark-${stage}-late` : `mark-${stage}`
}

/** Draws the marks of the four stages, with and without the outline of lateness, and gives them to the map. */
export function addMarkImages(map: MapLibre, halo: string, lateColour: string): void {
  for (const look of STAGES) {
    for (const late of [false, true]) {
      const picture = draw(look.shape, look.colour, halo, late ? lateColour : null)
      const name = markImage(look.stage, late)
      if (!picture) continue
      if (map.hasImage(name)) map.removeImage(name)
      map.addImage(name, picture, { pixelRatio: RATIO })
    }
  }
}

function draw(shape: string, colour: string, halo: string, late: string | null): ImageData | null {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE * RATIO
  const pen = canvas.getContext('2d')
  if (!pen) return null
  pen.scale(RATIO, RATIO)
  pen.lineJoin = 'round'
  pen.lineCap = 'round'
  const outline = (width: number, style: string): void => {
    pen.lineWidth = width
    pen.strokeStyle = style
    trace(pen, shape)
    pen.stroke()
  }
  if (shape === 'check') {
    if (late) outline(10.5, late)
    outline(7.5, halo)
    outline(4, colour)
  } else {
    if (late) outline(9, late)
    outline(4, halo)
    pen.fillStyle = colour
    trace(pen, shape)
    pen.fill()
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

function trace(pen: CanvasRenderingContext2D, shape: string): void {
  pen.beginPath()
  if (shape === 'circle') pen.arc(13, 13, 6.5, 0, Math.PI * 2)
  else if (shape === 'triangle') {
    pen.moveTo(13, 5.6)
    pen.lineTo(20.6, 18.6)
    pen.lineTo(5.4, 18.6)
    pen.closePath()
  } else if (shape === 'square') pen.rect(7, 7, 12, 12)
  else {
    pen.moveTo(6.5, 13.5)
    pen.lineTo(11, 18)
    pen.lineTo(19.5, 8)
  }
}
