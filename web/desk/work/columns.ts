import type { Book } from '@core/kind'
import type { CaseRecord, Json, Kind } from '@core/model'
import { say, type Lang } from '@core/text'

/** What a column may show beside the kind's own fields. */
export const BUILT_IN = ['number', 'state', 'stage', 'cell', 'assignee', 'due', 'opened', 'changed', 'closed'] as const
export type BuiltIn = (typeof BUILT_IN)[number]

export function isBuiltIn(column: string): column is BuiltIn {
  return (BUILT_IN as readonly string[]).includes(column) && column !== ''
}

/** The columns that a kind can show: the built-in ones that have a sense for it, and its fields that are not personal. */
export function columnsOf(kind: Kind): string[] {
  const fields = Object.entries(kind.fields)
    .filter(([, field]) => !field.personal && !['photo', 'audio', 'file', 'table'].includes(field.type))
    .map(([id]) => id)
  const staged = Object.values(kind.states).some((state) => state.stage)
  const base = BUILT_IN.filter((column) => !fields.includes(column) && (staged || !['stage', 'due', 'assignee'].includes(column)) && (column !== 'number' || kind.number !== undefined))
  return [...base, ...fields]
}

/** The columns that its pack wants shown. */
export function columnsFirst(kind: Kind): string[] {
  const possible = new Set(columnsOf(kind))
  const asked = (kind.views?.list ?? []).filter((column) => possible.has(column))
  return asked.length > 0 ? asked : [...possible].slice(0, 6)
}

/** The columns that an address says, else what was chosen before, else the pack's. */
export function columnsChosen(kind: Kind, said: string | undefined, kept: string[] | undefined): string[] {
  const possible = new Set(columnsOf(kind))
  const chosen = (said?.split(',') ?? kept ?? []).filter((column) => possible.has(column))
  return chosen.length > 0 ? chosen : columnsFirst(kind)
}

/** How wide a column is drawn, as a track of a CSS grid. */
export function trackOf(kind: Kind, column: string): string {
  if (kind.views?.title === column) return 'minmax(200px, 2.4fr)'
  switch (column) {
    case 'number':
      return '150px'
    case 'assignee':
      return 'minmax(150px, 2fr)'
    case 'due':
    case 'state':
      return 'minmax(124px, 1fr)'
    case 'opened':
    case 'changed':
    case 'closed':
      return '120px'
    default:
      return ['text', 'long_text'].includes(kind.fields[column]?.type ?? '') ? 'minmax(140px, 1.6fr)' : 'minmax(104px, 1fr)'
  }
}

/** What stands in a cell of a table, in words: for the export and for plain cells. */
export function wordsOf(record: CaseRecord, column: string, kind: Kind, book: Book, lang: Lang, time: (at: string) => string, names: ReadonlyMap<string, string>): string {
  switch (column) {
    case 'number':
      return record.number ?? ''
    case 'state':
      return say(book.stateTitle(record.kind, record.state), lang)
    case 'cell':
      if (!kind.fields['cell']) return say(book.cellTitle(record.cell), lang)
      break
    case 'assignee':
      return record.assigned.map((assignee) => say(book.assigneeTitle(assignee), lang)).join('; ')
    case 'due':
    case 'opened':
    case 'changed':
    case 'closed': {
      const at = record[column]
      return at ? time(at) : ''
    }
  }
  return fieldWords(record.fields[column], column, record.kind, kind, book, lang, time, names)
}

function fieldWords(value: Json | undefined, id: string, kindId: string, kind: Kind, book: Book, lang: Lang, time: (at: string) => string, names: ReadonlyMap<string, string>): string {
  const field = kind.fields[id]
  if (value === undefined || value === null || !field) return ''
  if (Array.isArray(value)) return value.map((one) => fieldWords(one, id, kindId, kind, book, lang, time, names)).join('; ')
  if (typeof value === 'object') return JSON.stringify(value)
  const text = String(value)
  switch (field.type) {
    case 'choice':
    case 'choices':
      return say(book.optionTitle(kindId, id, text), lang)
    case 'datetime':
      return time(text)
    case 'link':
      return names.get(text) ?? text
    default:
      if (id === 'cell') return say(book.cellTitle(text), lang) || text
      if (id === 'post') return say(book.postTitle(text), lang) || text
      return text
  }
}
