import type { Actor } from '@core/model'
import type { Book } from '@core/kind'
import type { Lang } from '@core/text'
import { say } from '@core/text'
import { isUrgent, shortNumber, type WallCase } from './case'
import type { Chain } from './chains'

/** What words are made with. */
export interface Speech {
  book: Book
  lang: Lang
  t: (key: string, params?: Record<string, unknown>) => string
  clock: (at: number) => string
  seconds: (at: number) => string
  /** The civil day that the picture shows. */
  today: string
  /** Kinds of post that somebody holds; nothing else of them is known here. */
  posts: (person: string) => readonly string[] | undefined
}

/** A case in words: category, cell and number, how it stands with its time. Never a word that somebody wrote. */
export interface CaseView {
  id: string
  kind: string
  stage: WallCase['stage']
  title: string
  cell: string
  number: string
  state: string
  when: string
  late: boolean
  urgent: boolean
  closed: boolean
}

/** The words of a case at `now`. */
export function caseView(one: WallCase, speech: Speech, now: number): CaseView {
  return {
    id: one.id,
    kind: one.kind,
    stage: one.stage,
    title: titleOf(one, speech),
    cell: say(speech.book.cellTitle(one.cell), speech.lang),
    number: shortNumber(one.number, speech.today),
    state: say(speech.book.stateTitle(one.kind, one.state), speech.lang),
    when: whenWords(one, speech, now),
    late: one.late && one.closed === null,
    urgent: isUrgent(one) && one.closed === null,
    closed: one.closed !== null,
  }
}

/** The earlier words where nothing in them changed: who draws them then has nothing to do. */
export function unchanged(fresh: CaseView, earlier: CaseView | undefined): CaseView {
  if (!earlier) return fresh
  for (const key of Object.keys(fresh) as (keyof CaseView)[]) if (fresh[key] !== earlier[key]) return fresh
  return earlier
}

/** What a case is called: its category; where it has none, its kind. */
export function titleOf(one: WallCase, { book, lang }: Speech): string {
  const field = Object.keys(one.counted)[0]
  const code = field === undefined ? undefined : one.counted[field]
  if (field !== undefined && code !== undefined) return say(book.optionTitle(one.kind, field, code), lang)
  return say(book.kindTitle(one.kind), lang)
}

function whenWords(one: WallCase, speech: Speech, now: number): string {
  if (one.closed !== null) return speech.clock(one.closed)
  if (one.due === null) return speech.clock(one.since)
  return speech.t(...dueKey(one.due - now))
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A time left, or overdue, as few words as can be read at ten metres: its key and number. */
export function dueKey(left: number): [key: string, params: { n: number }] {
  const how = left < 0 ? 'late' : 'left'
  const length = Math.abs(left)
  if (length < HOUR_MS) return [`wall.due.${how}.minutes`, { n: Math.max(1, Math.floor(length / MINUTE_MS)) }]
  if (length < 2 * DAY_MS) return [`wall.due.${how}.hours`, { n: Math.floor(length / HOUR_MS) }]
  return [`wall.due.${how}.days`, { n: Math.floor(length / DAY_MS) }]
}

/** A link of a chain in words. */
export interface LinkView {
  seq: number
  clock: string
  who: string
  what: string
}
/** What happened to a case, in words, the newest first. */
export interface ChainView {
  id: string
  stage: WallCase['stage']
  title: string
  cell: string
  number: string
  links: LinkView[]
}

/** The words of a chain; undefined once its case is out of sight. */
export function chainView(chain: Chain, one: WallCase | undefined, speech: Speech): ChainView | undefined {
  if (!one) return undefined
  return {
    id: chain.id,
    stage: one.stage,
    title: titleOf(one, speech),
    cell: say(speech.book.cellTitle(one.cell), speech.lang),
    number: shortNumber(one.number, speech.today),
    links: [...chain.links].reverse().map((link) => ({
      seq: link.seq,
      clock: speech.seconds(link.at),
      who: whoWords(link.actor, chain.kind, link.action, speech),
      what: whatWords(chain.kind, link.action, speech),
    })),
  }
}

function whatWords(kind: string, action: string, { book, lang, t }: Speech): string {
  const words = book.actionWords(kind, action, lang)
  return 'key' in words ? t(words.key, words.params) : say(words, lang)
}

/** Who acted, as a kind of post: of the posts somebody holds the one by which they may do this. */
export function whoWords(actor: Actor, kind: string, action: string, { book, lang, t, posts }: Speech): string {
  if (actor === 'public' || (typeof actor === 'object' && 'reporter' in actor)) return t('wall.who.resident')
  if (actor === 'system') return t('wall.who.system')
  const held = posts(actor.person)
  if (!held || held.length === 0) return t('wall.who.staff')
  const by = book.action(kind, action)?.by ?? []
  const post = held.find((one) => by.includes(one)) ?? held[0]
  return post === undefined ? t('wall.who.staff') : say(book.postTitle(post), lang)
}
