import type { IconName } from '@ui/icons'

/** A place of the desk: a route, its icon, and the letter after `g` that goes there. */
export interface DeskPlace { name: string; icon: IconName; key: string }

export const PLACES: readonly DeskPlace[] = [
  { name: 'queue', icon: 'inbox', key: 'q' },
  { name: 'all', icon: 'table', key: 'a' },
  { name: 'map', icon: 'map', key: 'm' },
  { name: 'calendar', icon: 'calendar', key: 'c' },
  { name: 'grid', icon: 'grid', key: 'g' },
  { name: 'people', icon: 'people', key: 'p' },
  { name: 'packs', icon: 'book', key: 's' },
]
