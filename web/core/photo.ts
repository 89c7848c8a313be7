import { ACCEPTS } from './command'

/** A photo ready to be sent. */
export interface Shrunk {
  blob: Blob
  width: number
  height: number
}

/**
 * A photo turned upright and made at most `most` pixels long, as JPEG without the place, the time and the device that
 * cameras write into it. Where the browser can't read the picture its size is 0 and the blob as it was.
 */
export async function shrinkPhoto(file: Blob, most: number = ACCEPTS.photoPixels, quality = 0.85): Promise<Shrunk> {
  const picture = await read(file)
  if (!picture) return { blob: file, width: 0, height: 0 }
  try {
    const { width, height } = fitted(picture.width, picture.height, most)
    const blob = await draw(picture.source, width, height, quality)
    return blob ? { blob, width, height } : { blob: file, width: picture.width, height: picture.height }
  } finally {
    picture.done()
  }
}

/** The size of a picture that is at most `most` pixels long, its shape kept. */
export function fitted(width: number, height: number, most: number): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

interface Picture {
  source: CanvasImageSource
  width: number
  height: number
  done: () => void
}

async function read(file: Blob): Promise<Picture | undefined> {
  try {
    const source = await createImageBitmap(file, { imageOrientation: 'from-image' })
    return { source, width: source.width, height: source.height, done: () => source.close() }
  } catch {
    return readSlowly(file)
  }
}

/** Older phones read some pictures only as an element; browsers turn it upright by themselves. */
function readSlowly(file: Blob): Promise<Picture | undefined> {
  if (typeof Image === 'undefined') return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const address = URL.createObjectURL(file)
    const source = new Image()
    const done = (): void => URL.revokeObjectURL(address)
    source.onload = () => resolve({ source, width: source.naturalWidth, height: source.naturalHeight, done })
    source.onerror = () => {
      done()
      resolve(undefined)
    }
    source.src = address
  })
}

async function draw(source: CanvasImageSource, width: number, height: number, quality: number): Promise<Blob | undefined> {
  if (typeof OffscreenCanvas !== 'undefined') {
    const canvas = new OffscreenCanvas(width, height)
    if (!paint(canvas.getContext('2d'), source, width, height)) return undefined
    return canvas.convertToBlob({ type: 'image/jpeg', quality }).catch(() => undefined)
  }
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  if (!paint(canvas.getContext('2d'), source, width, height)) return undefined
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/jpeg', quality))
}

function paint(on: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null, source: CanvasImageSource, width: number, height: number): boolean {
  if (!on) return false
  // JPEG knows no transparency: what is clear in a screenshot becomes paper, not black.
  on.fillStyle = '#fff'
  on.fillRect(0, 0, width, height)
  on.drawImage(source, 0, 0, width, height)
  return true
}
