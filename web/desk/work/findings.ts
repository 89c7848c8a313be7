import type { Stage } from '@core/model'
import type { IconName } from '@ui/icons'
import { best } from './match'

/** Something that the palette found, and what choosing it does. */
export interface Finding {
  group: 'record' | 'person' | 'cell' | 'command'
  id: string
  title: string
  detail?: string
  icon?: IconName
  stage?: Stage | undefined
  late?: boolean
  /** The language of the title where it is not the page's. */
  lang?: string
  run: () => void
}

/** What answers what was typed, group by group; the records come from the server and are taken as they are. Nothing typed: commands. */
export function findings(typed: string, records: readonly Finding[], people: readonly Finding[], cells: readonly Finding[], commands: readonly Finding[]): Finding[] {
  const text = typed.trim()
  if (text === '') return [...commands]
  const name = (finding: Finding): string => `${finding.title} ${finding.detail ?? ''} ${finding.group === 'command' ? finding.id : ''}`
  return [...records, ...best(text, commands, name, 5), ...best(text, people, name, 5), ...best(text, cells, name, 5)]
}
