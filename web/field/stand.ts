// What stands before the scripts, completed with what this phone or the town knows. Runs in the page's head: small, and without Vue.
import { Book } from '@core/kind'
import type { CaseRecord, Me, Packs, Page, Status, Territory } from '@core/model'
import { fillPlaces } from '@core/places'
import { say, type Lang } from '@core/text'
import { caseAddress } from './mine'
import { freshPicture, type Line, type Picture } from './picture'
import { favourites, optionsOf, shapeOf } from './shape'
import { keepTiles, keptTiles } from './tiles'

/** What was asked ahead for the first page. */
export interface Asked {
  me: Promise<Me | null>
  packs: Promise<Packs | null>
  cells: Promise<Territory | null>
  status: Promise<Status | null>
  records: Promise<(Page | null)[]>
}

/** The first page as the town tells it, once it has told all; undefined where it does not, or nobody is signed in. */
export async function asked({ me, packs, cells, status, records }: Asked, lang: Lang): Promise<Picture | undefined> {
  const mine = await me
  if (!mine) return undefined
  const [known, territory, town, pages] = await Promise.all([packs, cells, status, records])
  if (!known || !territory) return undefined
  const all = pages.flatMap((page): CaseRecord[] => page?.records ?? [])
  return freshPicture(mine, all, new Book({ packs: known, territory }), lang, town?.demo ?? false)
}

/** The first page: where one stands, the day in numbers, and the first of its cases. */
export function fillToday(drawn: DocumentFragment, picture: Picture): boolean {
  // Said without Intl, which takes a slow phone long to begin with: nobody has a thousand to do.
  fillPlaces(drawn, { cell: picture.name, owed: `${picture.owed}`, able: `${picture.able}`, late: `${picture.late}`, done: `${picture.done}` })
  if (picture.late === 0) drawn.querySelector('.g-late')?.classList.remove('g-late')
  if (!picture.demo) drawn.querySelector('.demo-band')?.remove()
  if (!picture.asks) drawn.querySelector('[data-ahead="position"]')?.remove()
  const samples = [...drawn.querySelectorAll<HTMLElement>('[data-line]')]
  for (const part of ['owed', 'able'] as const) {
    const [head, list] = [drawn.querySelector(`[data-head="${part}"]`), drawn.querySelector(`[data-list="${part}"]`)]
    const lines = picture.lines[part].flatMap((line) => lineFrom(samples, line) ?? [])
    list?.replaceChildren(...lines)
    if (lines.length === 0) [head, list].forEach((one) => one?.remove())
  }
  samples[0]?.parentElement?.remove()
  return true
}

/** A case as a line, from the sample of its stage. */
function lineFrom(samples: readonly HTMLElement[], line: Line): Node | undefined {
  const made = samples.find((one) => one.dataset['line'] === `${line.stage} ${line.late}`)?.cloneNode(true) as HTMLElement | undefined
  if (!made) return undefined
  made.querySelector('a')?.setAttribute('href', caseAddress(line.id))
  fillPlaces(made, { title: line.title, state: line.state, verb: line.verb || '\u00a0' })
  if (!line.verb) made.querySelector('.verb')?.classList.add('unsaid')
  delete made.dataset['line']
  return made
}

/** A report's first step: the photo, and the large tiles. */
export function fillReport(drawn: DocumentFragment, me: Me | null, status: Status | null, lang: Lang): boolean {
  const lead = me?.creations.flatMap((offer) => shapeOf(offer, undefined).lead ?? [])[0]
  const tile = drawn.querySelector('.tile')
  if (!lead || !tile) return false
  if (!status?.demo) drawn.querySelector('.demo-band')?.remove()
  const options = optionsOf(lead.options)
  const first = favourites(options, new Map(), new Map(), undefined, keptTiles())
  // They stay where they stand now, also where the page itself would know better ones.
  keepTiles(first.map(({ code }) => code))
  const tiles = first.map(({ code, choice, group }) => {
    const made = tile.cloneNode(true) as Element
    fillPlaces(made, { code, option: say(choice, lang), group: say(group?.choice, lang) })
    return made
  })
  tile.parentElement?.replaceChildren(...tiles)
  fillPlaces(drawn, { n: String(options.length) })
  return true
}
