import { loadDraft, saveDraft } from '@core/draft'
import type { Book } from '@core/kind'
import type { CaseRecord, Json, LonLat, Me, Stage } from '@core/model'
import { say, type Lang } from '@core/text'
import { expected } from './expected'
import { cellsOf } from './mine'
import { walk } from './walk'

/** A case on the first page, in as few words as it stands there before the scripts do. */
export type Line = { id: string; title: string; stage: Stage | null; late: boolean; state: string; verb: string }
/** The first page as it stood last, for whoever it was, in their language. Times are not in it: they would be old. */
export type Picture = { person: string; day: string; lang: Lang; demo: boolean; name: string; asks: boolean; late: number; done: number; owed: number; able: number; lines: { owed: Line[]; able: Line[] } }

/** Where it is kept: what begins so goes when its owner signs out. */
const KEY = 'field.today'
/** As many lines as any phone shows. */
const MOST = 10

/** The first page as this phone kept it for somebody. */
export function keptPicture(person: string | undefined, lang: Lang): Picture | undefined {
  const kept = loadDraft<Picture>(KEY)
  if (!kept || kept.person !== person || kept.lang !== lang) return undefined
  return kept.day === dayHere() ? kept : { ...kept, done: 0 }
}

export function keepPicture(picture: Picture): void {
  const { owed, able } = picture.lines
  const lines = { owed: owed.slice(0, MOST), able: able.slice(0, Math.max(0, MOST - owed.length)) }
  saveDraft(KEY, { ...picture, lines } as unknown as Json)
}

/** The day by this phone's calendar. */
export function dayHere(): string {
  return new Date().toDateString()
}

/** A case as a line. */
export function lineOf(record: CaseRecord, book: Book, lang: Lang, verb = ''): Line {
  return { id: record.id, title: book.recordTitle(record, lang), stage: record.stage ?? null, late: record.late, state: say(book.stateTitle(record.kind, record.state), lang), verb }
}

/** The first page of somebody who was never on this phone, from what the town says of their cases. */
export function freshPicture(me: Me, records: readonly CaseRecord[], book: Book, lang: Lang, demo: boolean): Picture {
  const once = [...new Map(records.map((record) => [record.id, record])).values()]
  const start = book.cell(cellsOf(me)[0] ?? '')?.label
  const of = (wanted: 'owed' | 'able'): CaseRecord[] => inOrder(once.filter((record) => expected(record, undefined, me, book) === wanted), start)
  const [owed, able] = [of('owed'), of('able')]
  const [cell] = cellsOf(me)
  return {
    person: me.person, day: dayHere(), lang, demo, asks: owed.length + able.length > 0, done: 0,
    name: cell ? say(book.cellTitle(cell), lang) : say(me.posts[0]?.at, lang),
    owed: owed.length, able: able.length, late: owed.filter((record) => record.late).length,
    lines: { owed: owed.slice(0, MOST).map((record) => lineOf(record, book, lang)), able: able.slice(0, MOST).map((record) => lineOf(record, book, lang)) },
  }
}

/** Records in the order to walk them. */
export function inOrder(records: readonly CaseRecord[], from: LonLat | undefined): CaseRecord[] {
  const byId = new Map(records.map((record) => [record.id, record]))
  return walk(records.map(({ id, place, late, due }) => ({ id, place, late, due })), from).flatMap(({ id }) => byId.get(id) ?? [])
}
