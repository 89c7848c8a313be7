import { isPlace } from '../geo'
import type { LonLat } from '../model'
import type { Text } from '../text'
import type { Trouble } from '../trouble'

/** Where and of which cells an edit was refused, as the problem tells it. */
export function refusalOf(trouble: Trouble): { at: LonLat | undefined; cells: string[] } {
  const { at, cells } = trouble.problem as unknown as { at?: unknown; cells?: unknown }
  return { at: isPlace(at) ? at : undefined, cells: Array.isArray(cells) ? cells.filter((one) => typeof one === 'string') : [] }
}

/** What of a file could not be read, feature by feature. */
export function unreadableOf(trouble: Trouble): { feature?: number | null; text: Text }[] {
  const { unreadable } = trouble.problem as unknown as { unreadable?: unknown }
  return Array.isArray(unreadable) ? (unreadable as { feature?: number | null; text: Text }[]) : []
}
