import type { Kind } from '@core/model'

export const MODES = ['list', 'board', 'map', 'calendar'] as const
export type Mode = (typeof MODES)[number]

/** How records of a kind can be seen: a board where there is more than one state, a map where they have a place, a calendar where its pack names a day. */
export function modesOf(kind: Kind): Mode[] {
  const out: Mode[] = ['list']
  if (Object.keys(kind.states).length > 1) out.push('board')
  if (kind.place === 'required' || kind.place === 'optional') out.push('map')
  if (calendarField(kind)) out.push('calendar')
  return out
}

/** What puts a record on a day: `due`, or a field of its own that is a date. */
export function calendarField(kind: Kind): string | undefined {
  if (kind.views?.calendar) return kind.views.calendar
  if (Object.values(kind.states).some((state) => state.due) || kind.due) return 'due'
  return Object.entries(kind.fields).find(([, field]) => !field.personal && (field.type === 'date' || field.type === 'datetime'))?.[0]
}
