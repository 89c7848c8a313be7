import type { CaseRecord, Held, Me, Offer } from '@core/model'
import type { Book } from '@core/kind'
import type { Text } from '@core/text'

/**
 * What a record asks of somebody: `owed` is theirs to do (it is assigned to them, or a request waits for their word),
 * `able` is what they may do something about, `none` what they only follow.
 */
export type Expected = 'owed' | 'able' | 'none'

/** Those who act as the one who reported, or as anybody; what is offered only to them is no duty of a post. */
const NO_POST = new Set(['reporter', 'public', 'anyone'])

/** What a record with these offers, where they are known, asks of `me`. */
export function expected(record: CaseRecord, offers: readonly Offer[] | undefined, me: Pick<Me, 'person' | 'posts'>, book: Book): Expected {
  if (record.closed) return 'none'
  if (offers?.some((offer) => offer.request)) return 'owed'
  const mine = record.assigned.some((one) => !one.done && (!one.person || one.person === me.person) && me.posts.some((held) => sits(held, one)))
  // What is assigned to me may wait for somebody else: only what I can do something about is owed.
  if (!offers) return mine ? 'owed' : lets(record, me, book) ? 'able' : 'none'
  if (dutiful(record.kind, offers, book).length === 0) return 'none'
  return mine ? 'owed' : 'able'
}

/** Whether by its pack a post of mine may do something with it: taken for true until the town has said what exactly. */
function lets(record: CaseRecord, me: Pick<Me, 'posts'>, book: Book): boolean {
  const above = new Set(book.cellPath(record.cell).map((cell) => cell.id))
  const posts = new Set(me.posts.filter((held) => held.cell && above.has(held.cell)).map((held) => held.post))
  const actions = Object.values(book.kind(record.kind)?.actions ?? {})
  return actions.some(({ by, from }) => from && [from].flat().some((state) => state === record.state || state === 'open') && by?.some((who) => posts.has(who)))
}

function sits(held: Held, seat: { post: string; cell?: string | null; unit?: string | null }): boolean {
  return held.post === seat.post && (seat.unit ? held.unit === seat.unit : Boolean(seat.cell) && held.cell === seat.cell)
}

/** The offers that come with a post, in the order in which they are to be shown. */
export function dutiful(kind: string, offers: readonly Offer[], book: Book): Offer[] {
  return offers.filter((offer) => {
    const by = book.action(kind, offer.action)?.by
    return by ? by.some((who) => !NO_POST.has(who)) : offer.action !== 'note'
  })
}

/**
 * Offers as buttons: what a post is there for comes before what only the reporter may do; then what moves the record on,
 * what is done without moving it, what somebody else must agree to, and a note last. Within each the order of the pack holds.
 */
export function ordered(kind: string, offers: readonly Offer[], book: Book): Offer[] {
  const duties = new Set(dutiful(kind, offers, book))
  const rank = (offer: Offer): number => {
    if (offer.request) return 0
    if (offer.action === 'note') return 5
    if (!duties.has(offer)) return offer.to ? 6 : 3
    if (offer.approval) return 4
    return offer.to ? 1 : 2
  }
  return [...offers].sort((a, b) => rank(a) - rank(b))
}

/** The first thing that a record asks of a post, in words; empty where that is nothing, or is not known yet. */
export function verbOf(record: CaseRecord, of: Expected, offers: readonly Offer[], book: Book, say: (text: Text) => string): string {
  const [first] = of === 'none' ? [] : ordered(record.kind, dutiful(record.kind, offers, book), book)
  return first ? say(first.title) : ''
}

/** The fields of a form that take photos: an action that asks them is best done on the spot. */
export function asksPhotos(offer: Offer): boolean {
  return offer.form.some((asked) => asked.asked && asked.field.type === 'photo')
}
