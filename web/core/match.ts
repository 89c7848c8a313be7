import type { RecordFilter } from './asking'
import type { BoardRecord } from './applying'
import { inBox, type Box } from './geo'
import type { Book } from './kind'
import type { Me } from './model'

/** What a filter is understood by. */
export interface MatchContext {
  book: Book
  me?: Me | null
  /** Whether a record was among those the server found: under a filter by text nobody else can tell. */
  isFound?: (id: string) => boolean
}

/**
 * The filter as a function, for boards that follow the stream. Text only the server can search: under such a filter the
 * records it found (`isFound`) stay, and none comes new.
 */
export function matcher(filter: RecordFilter, context: MatchContext): (record: BoardRecord) => boolean {
  const list = (text: string | undefined): Set<string> | undefined => (text ? new Set(text.split(',').map((one) => one.trim())) : undefined)
  const [kinds, states, stages] = [list(filter.kind), list(filter.state), list(filter.stage)]
  const cells = filter.cell ? context.book.cellsBelow(filter.cell) : undefined
  const box = filter.box?.split(',').map(Number) as Box | undefined
  const me = context.me
  const held = (filter.assignee === 'me' && me?.posts) || []
  const assigned = (record: BoardRecord): boolean =>
    record.assigned.some((part) => {
      if (filter.assignee !== 'me') return part.unit === filter.assignee || part.person === filter.assignee
      if (part.person) return part.person === me?.person
      return held.some((post) => post.post === part.post && (part.unit ? post.unit === part.unit : post.cell === part.cell))
    })
  return (record) =>
    (!kinds || kinds.has(record.kind)) &&
    (!states || states.has(record.state)) &&
    (!stages || (record.stage != null && stages.has(record.stage))) &&
    (!cells || cells.has(record.cell)) &&
    (filter.open === undefined || filter.open === !record.closed) &&
    (filter.late === undefined || filter.late === record.late) &&
    (!box || (record.place != null && inBox(record.place, box))) &&
    (!filter.due_from || (record.due != null && Date.parse(record.due) >= Date.parse(filter.due_from))) &&
    (!filter.due_to || (record.due != null && Date.parse(record.due) < Date.parse(filter.due_to))) &&
    (!filter.text || (context.isFound?.(record.id) ?? false)) &&
    (!filter.assignee || assigned(record)) &&
    (filter.reporter !== 'me' || record.reporters.some((one) => typeof one === 'object' && 'person' in one && one.person === me?.person))
}
