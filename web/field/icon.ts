import { deflateSync } from 'node:zlib'

/**
 * The sign of the product as PNG, drawn by arithmetic so that no picture stands in the tree: a net of four cells and the
 * place where they meet. `maskable` fills the edge that launchers may cut away.
 */
export function icon(size: number, maskable = false): Buffer {
  const rows = Buffer.alloc((size * 4 + 1) * size)
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const [u, v] = [(x + 0.5) / size, (y + 0.5) / size]
      const zoom = maskable ? 1.3 : 1
      const net = share(((1 - offNet([(u - 0.5) * 32 * zoom + 16, (v - 0.5) * 32 * zoom + 16])) * size) / (32 * zoom))
      const at = y * (size * 4 + 1) + 1 + x * 4
      for (let c = 0; c < 3; c += 1) rows[at + c] = Math.round((GROUND[c] ?? 0) * (1 - net) + 255 * net)
      rows[at + 3] = Math.round(255 * (maskable ? 1 : share((0.25 - outOfRounded(u, v, 0.25)) * size)))
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  head.set([8, 6, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

type Point = [number, number]
const GROUND = [59, 79, 196]
/** The same lines on a grid of 32 as in `TownMark`, 2 wide. */
const LINES: Point[][] = [
  [[7, 8.5], [17, 7], [25, 10], [23.5, 24.5], [9, 25], [7, 8.5]],
  [[7.8, 16.5], [14.8, 15], [24.4, 17]],
  [[17, 7], [14.8, 15], [15.8, 24.7]],
]
const KNOT: Point = [14.8, 15.2]

/** How much of a pixel is covered whose middle lies so many pixels inside an edge. */
function share(inside: number): number {
  return Math.min(1, Math.max(0, inside + 0.5))
}

/** How far a point lies from the middle of the nearest line; the knot counts as a line with a radius of 3. */
function offNet([x, y]: Point): number {
  let least = (x - KNOT[0]) ** 2 + (y - KNOT[1]) ** 2
  least = Math.max(0, Math.sqrt(least) - 2) ** 2
  for (const line of LINES) {
    for (let index = 1; index < line.length; index += 1) {
      const [[ax, ay], [bx, by]] = [line[index - 1] as Point, line[index] as Point]
      const [dx, dy] = [bx - ax, by - ay]
      const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
      least = Math.min(least, (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2)
    }
  }
  return Math.sqrt(least)
}

/** How far a point lies from the core of a rounded square. */
function outOfRounded(x: number, y: number, radius: number): number {
  const dx = Math.max(radius - x, x - (1 - radius), 0)
  const dy = Math.max(radius - y, y - (1 - radius), 0)
  return Math.sqrt(dx * dx + dy * dy)
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, sum])
}

function crc(data: Buffer): number {
  let rest = 0xffffffff
  for (const byte of data) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  }
  return (rest ^ 0xffffffff) >>> 0
}
