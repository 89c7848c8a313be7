/** What the address asks of the wall. What it asks wrongly is said, never guessed. */
export const SCENES = ['flow', 'cells', 'duty', 'month'] as const
/** A scene: what the centre shows. */
export type Scene = (typeof SCENES)[number]

/** How many screens make the one picture, across and down. */
export interface Grid { columns: number; rows: number }
/** Which of them this is, from 0. */
export interface Tile { column: number; row: number }

export interface Params {
  /** The scene that stays; without it scenes rotate. */
  scene: Scene | undefined
  /** The past day to play, how many times faster, and from which minute of it. */
  replay: { day: string; speed: number; minute: number | undefined } | undefined
  wall: Grid
  tile: Tile
  /** A thumbnail on the front page: no sign-in. */
  thumb: boolean
  /** Names of parameters that can't be understood. */
  wrong: string[]
}

/** The most screens one picture may have in each direction. */
export const MOST_SCREENS = 16
/** The slowest and the fastest a day may be played. */
export const SPEEDS = { least: 1, most: 3600, usual: 60 } as const

/** Reads the part of an address after `?`. Tiles count from 1: `wall=3x2&tile=3,1` is the upper right one of six. */
export function readParams(search: string): Params {
  const query = new URLSearchParams(search)
  const wrong: string[] = []
  const scene = query.get('scene')
  const found = SCENES.find((one) => one === scene)
  if (scene !== null && !found) wrong.push('scene')
  const grid = readPair(query.get('wall'), 'x')
  const wall = grid ?? { a: 1, b: 1 }
  if (query.has('wall') && (!grid || wall.a > MOST_SCREENS || wall.b > MOST_SCREENS)) wrong.push('wall')
  const place = readPair(query.get('tile'), ',')
  const tile = place ?? { a: 1, b: 1 }
  if ((query.has('tile') && (!place || tile.a > wall.a || tile.b > wall.b)) || (query.has('wall') && !query.has('tile'))) wrong.push('tile')
  return {
    scene: found,
    replay: readReplay(query, wrong),
    wall: { columns: wall.a, rows: wall.b },
    tile: { column: tile.a - 1, row: tile.b - 1 },
    thumb: query.get('thumb') === '1',
    wrong,
  }
}

function readPair(text: string | null, between: string): { a: number; b: number } | undefined {
  const parts = (text ?? '').split(between)
  const [a, b] = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 0))
  return parts.length === 2 && a && b ? { a, b } : undefined
}

function readReplay(query: URLSearchParams, wrong: string[]): Params['replay'] {
  const day = query.get('replay')
  if (day === null) return undefined
  if (!isDay(day)) {
    wrong.push('replay')
    return undefined
  }
  const speed = query.has('speed') ? Number(query.get('speed')) : SPEEDS.usual
  if (!(speed >= SPEEDS.least && speed <= SPEEDS.most)) wrong.push('speed')
  const at = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(query.get('at') ?? '')
  if (query.has('at') && !at) wrong.push('at')
  return { day, speed: wrong.includes('speed') ? SPEEDS.usual : speed, minute: at ? Number(at[1]) * 60 + Number(at[2]) : undefined }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
