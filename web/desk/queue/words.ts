import type { CaseRecord } from '@core/model'
import { ago, dueWords } from '@core/time'
import type { Town } from '@ui/town'

/** What a row of the queue says of its case; `where` with whom, or how, it stands. */
export interface RowWords { title: string; where: string; since: string; due: string }

/** What the words depend on beside the case. */
type Said = Pick<Town, 'book' | 'lang' | 'now' | 'time' | 'say' | 'tell' | 't'>
interface Kept { book: unknown; lang: string; now: number; words: RowWords }

const FAR_MS = 2 * 3_600_000
const DAY_MS = 86_400_000
/** A list that is scrolled through there and back says each case once. */
const kept = new WeakMap<CaseRecord, Kept>()

/** The words of a case's row, as they are now. */
export function rowWords(record: CaseRecord, town: Said): RowWords {
  const [book, lang, now] = [town.book.value, town.lang.value, town.now.value]
  const known = kept.get(record)
  const same = known && known.book === book && known.lang === lang ? known : undefined
  if (same?.now === now) return same.words
  // Time goes on; what it is and where stays as it was said.
  const { title, where } = same?.words ?? namesOf(record, town)
  const words: RowWords = { title, where, since: town.tell(ago(record.opened, now)), due: record.closed ? '' : dueOf(record, now, town) }
  kept.set(record, { book, lang, now, words })
  return words
}

function namesOf(record: CaseRecord, { book, lang, say }: Said): Pick<RowWords, 'title' | 'where'> {
  const first = record.assigned[0]
  const at = first ? book.value.assigneeTitle(first) : book.value.stateTitle(record.kind, record.state)
  return { title: book.value.recordTitle(record, lang.value), where: `${say(book.value.cellTitle(record.cell))} · ${say(at)}` }
}

/** What is far off is said by the clock: nobody counts nineteen hours. */
function dueOf(record: CaseRecord, now: number, town: Said): string {
  const at = record.due
  if (at && !record.late && Date.parse(at) - now > FAR_MS) {
    const time = town.time.value
    return time.date(at) === time.date(now + DAY_MS) ? town.t('desk.queue.tomorrow', { at: time.clock(at) }) : time.when(at, now)
  }
  const stopped = town.book.value.state(record.kind, record.state)?.clock === 'stopped'
  return town.tell(dueWords(at, now, { late: record.late, stopped }))
}
