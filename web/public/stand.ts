// What stands before the scripts, completed with what the town says. Runs in the page's head: small, and without Vue.
import { parsePlace } from '@core/geo'
import type { Offer, Progress, Status } from '@core/model'
import { fillPlaces } from '@core/places'
import { say, type Lang } from '@core/text'
import { answer } from '@ui/answer'
import { groupsOf, rolesOf } from './report/roles'

/** So long the frame waits for the town's name at most: what comes later moves the page. */
const PATIENCE_MS = 400
/** From so many options on they can be searched. */
const LONG = 12

/** The page's frame: the town's name, and the band where all is made up. */
export async function fillFrame(drawn: DocumentFragment, asked: Promise<Response>, lang: Lang): Promise<boolean> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS))
  const status = await Promise.race([answer<Status>(asked), late])
  const head = drawn.querySelector<HTMLElement>('.head')
  if (!status?.demo) head?.querySelector('.demo-band')?.remove()
  const town = say(status?.title, lang)
  fillPlaces(drawn, { town: town || (head?.dataset['us'] ?? ''), brand: town || (head?.dataset['brand'] ?? '') })
  return true
}

/** A report's first two steps: the photo, and what it is. */
export async function fillReport(drawn: DocumentFragment, asked: Promise<Response>, lang: Lang): Promise<boolean> {
  const offer = (await answer<{ actions: Offer[] }>(asked))?.actions.find((one) => one.form.length > 0)
  const roles = offer ? rolesOf(offer) : undefined
  if (!roles?.category) return false
  if (!roles.photos) drawn.querySelector('.tray')?.closest('section')?.remove()
  fillFrom(drawn)
  const groups = groupsOf(roles.category)
  const [box, chip] = [drawn.querySelector('.group'), drawn.querySelector('.jump > *')]
  const tile = box?.querySelector('.tile')
  if (!box || !chip || !tile) return false
  const boxes = groups.map((group) => {
    const made = copy(box, { group: group.code, heading: say(group.title, lang) })
    if (!group.title) made.querySelector('h3')?.remove()
    made.querySelector('.tiles')?.replaceChildren(...group.options.map(({ code, title }) => copy(tile, { code, option: say(title, lang) })))
    return made
  })
  chip.parentElement?.replaceChildren(...groups.map((group) => copy(chip, { group: group.code, heading: say(group.title, lang) })))
  if (groups.length < 2) drawn.querySelector('.jump')?.remove()
  if (groups.reduce((sum, group) => sum + group.options.length, 0) <= LONG) drawn.querySelectorAll('.search, .jump').forEach((one) => one.remove())
  // What would be typed or taken here the page itself does not know of.
  drawn.querySelectorAll('input').forEach((input) => (input.type === 'file' ? input.remove() : (input.readOnly = true)))
  for (const old of drawn.querySelectorAll('.group')) if (old !== box) old.remove()
  box.replaceWith(...boxes)
  return true
}

/** Where a QR code says that the reporter stands. */
function fillFrom(drawn: DocumentFragment): void {
  const query = new URLSearchParams(location.search)
  const place = parsePlace(query.get('at')) ? (query.get('name') ?? '').slice(0, 80) : ''
  if (place) fillPlaces(drawn, { place })
  else drawn.querySelector('.from')?.remove()
}

/** A report that is followed: how far it is, while it goes its way. Of one that has ended more must be known to say how. `title`: as this phone remembers it. */
export function fillFollow(drawn: DocumentFragment, progress: Progress | null, title: string | undefined, lang: Lang): boolean {
  if (progress) fillPlaces(drawn, { number: progress.number ?? '', kind: title ?? say(progress.kind, lang) })
  return progress !== null
}

/** The drawing on which a report's progress stands; undefined where none was drawn. */
export function drawingOf(progress: Progress | null): string | undefined {
  return progress && progress.stage && !progress.closed && !progress.merged_into ? `follow-${progress.stage}` : undefined
}

function copy(of: Element, places: Record<string, string>): Element {
  const made = of.cloneNode(true) as Element
  fillPlaces(made, places)
  return made
}
