import type { Duty } from '@core/api'
import type { Book } from '@core/kind'
import type { Text } from '@core/text'

/** A line of the roster: a post of the town, or a unit with all its people. */
export interface DutyLine { key: string; title: Text; n: number }
/** Who is on duty, level by level. */
export interface Roster { town: DutyLine[]; units: DutyLine[] }

/** The roster of a wall: at the town the posts that have to do with cases, those who may do most first; the units with how many
 * people each has. */
export function rosterOf(duty: Duty, book: Book): Roster {
  const acts = actionsOf(book)
  const weight = (line: DutyLine): number => acts.get(line.key) ?? 0
  const town: DutyLine[] = []
  const units = new Map<string, DutyLine>()
  for (const { post, title, at, unit, n } of duty.posts) {
    if (unit) units.set(unit, { key: unit, title: at, n: (units.get(unit)?.n ?? 0) + n })
    else if (acts.has(post)) town.push({ key: post, title, n })
  }
  return { town: town.sort((a, b) => weight(b) - weight(a)), units: [...units.values()] }
}

/** How many people a list of lines stands for. */
export function peopleOf(lines: readonly DutyLine[]): number {
  return lines.reduce((sum, line) => sum + line.n, 0)
}

/** How many things each kind of post may do to a case, or agree to. */
function actionsOf(book: Book): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [, kind] of book.kinds()) {
    if (!Object.values(kind.states).some((state) => state.stage)) continue
    for (const { by, approval = [] } of Object.values(kind.actions)) for (const post of [...by, ...approval]) counts.set(post, (counts.get(post) ?? 0) + 1)
  }
  return counts
}
