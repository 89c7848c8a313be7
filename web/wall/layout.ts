import type { Stage } from '@core/model'
import type { Box, Frame } from './frame'
import { ORDER } from './flow'

/** Where everything lies in the picture, in pixels. Plain arithmetic, so that every screen of a wall agrees without
 * measuring anything, and paths are drawn to where cards will be. */
export interface Layout {
  header: Box
  map: Box
  lanes: Record<Stage, Lane>
  figures: Box
  ticker: Box
  /** The bar of a day that is played again; without height otherwise. */
  replay: Box
  /** How many cases late and chains of the ticker there is room for. */
  lateRows: number
  chains: number
}
/** A stage's column, and where its cards lie. */
export interface Lane {
  box: Box
  head: number
  card: number
  pitch: number
  cards: number
}

const PAD = 1.25
const GAP = 1.25
const HEADER = 5
const TICKER = 6.2
const REPLAY = 4
/** The least a card is high; and what lies between two. */
const CARD = 4.9
const CARD_WIDE = 6
const BETWEEN = 0.6

/** The layout of a frame: with room for the replay's bar if one is played, and for a map of the town's `aspect` (width over
 * height); what a slim town leaves beside it goes to the columns. All sizes here are in rem. */
export function layoutOf(frame: Frame, replays: boolean, aspect: number): Layout {
  const wide = frame.shape === 'wide'
  const width = frame.width / frame.rem
  const height = frame.height / frame.rem
  const box = (x: number, y: number, w: number, h: number): Box => ({ x: x * frame.rem, y: y * frame.rem, width: w * frame.rem, height: h * frame.rem })
  const top = PAD + HEADER + GAP / 2
  const bar = replays ? REPLAY : 0
  const bottom = height - PAD - TICKER
  const tall = bottom - bar - GAP - top
  // A picture is as wide as its map needs it and as its columns can use; between 30 and 37 rem a card reads best.
  const spare = width - 2 * PAD - 5 * GAP - Math.max(50, tall * aspect + 8)
  const lane = wide ? clamp((spare - 36) / 4, 26, 37) : 21.5
  const figures = wide ? clamp(spare - 4 * lane, 33, 44) : 22.5
  const columns = wide ? 2 : 1
  const left = PAD + columns * (lane + GAP)
  const right = width - PAD - figures - columns * (lane + GAP)
  const places = wide
    ? [
        [PAD, top, tall],
        [PAD + lane + GAP, top, tall],
        [right, top, tall],
        [right + lane + GAP, top, tall],
      ]
    : [
        [PAD, top, (tall - GAP) / 2],
        [PAD, top + (tall + GAP) / 2, (tall - GAP) / 2],
        [right, top, (tall - GAP) / 2],
        [right, top + (tall + GAP) / 2, (tall - GAP) / 2],
      ]
  const head = wide ? 12 : 5.4
  const laneOf = (stage: Stage): Lane => {
    const [x = 0, y = 0, h = 0] = places[ORDER.indexOf(stage)] ?? []
    // As many cards as fit, and the column is filled by them: no half a card's room is left over.
    const cards = Math.max(1, Math.floor((h - head + BETWEEN) / ((wide ? CARD_WIDE : CARD) + BETWEEN)))
    const pitch = (h - head + BETWEEN) / cards
    return { box: box(x, y, lane, h), head: head * frame.rem, card: (pitch - BETWEEN) * frame.rem, pitch: pitch * frame.rem, cards }
  }
  return {
    header: box(PAD, PAD, width - 2 * PAD, HEADER),
    map: box(left, top, right - left - GAP, tall),
    lanes: { report: laneOf('report'), triage: laneOf('triage'), handle: laneOf('handle'), close: laneOf('close') },
    figures: box(width - PAD - figures, top, figures, tall),
    ticker: box(PAD, bottom, width - 2 * PAD, TICKER),
    replay: box(PAD, bottom - bar - GAP / 2, width - 2 * PAD, bar),
    lateRows: wide ? 4 : 3,
    chains: Math.max(1, Math.round(width / (wide ? 78 : 60))),
  }
}

/** The middle of a card's place in a lane; beyond the last place, of the last. */
export function slot(lane: Lane, index: number): [number, number] {
  const at = Math.max(0, Math.min(index, lane.cards - 1))
  return [lane.box.x + lane.box.width / 2, lane.box.y + lane.head + at * lane.pitch + lane.card / 2]
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
