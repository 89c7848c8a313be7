import type { RecordFilter } from '@core/asking'
import type { Me } from '@core/model'
import { STAGES } from '@core/stage'

/** Every stage: only what goes through stages is a case. */
const stage = STAGES.map((look) => look.stage).join(',')

/** Mine to do, by the posts that I hold. */
export const ASSIGNED: RecordFilter = { assignee: 'me', open: true, stage, order: 'due', limit: 200 }
/** What I reported. */
export const REPORTED: RecordFilter = { reporter: 'me', stage, order: 'newest', limit: 50 }
/** What is open in a cell that I answer for. */
export const inCell = (cell: string): RecordFilter => ({ cell, open: true, stage, order: 'due', limit: 200 })

/** Where a case is found on the phone. */
export const caseAddress = (id: string): string => `/field/cases/${encodeURIComponent(id)}`

/** The cells that somebody's posts answer for. */
export function cellsOf(me: Pick<Me, 'posts'> | null): string[] {
  return [...new Set((me?.posts ?? []).flatMap((held) => (held.cell ? [held.cell] : [])))]
}
