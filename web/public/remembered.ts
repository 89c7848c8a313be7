import { loadDraft } from '@core/draft'

/** A report that this phone remembers, with what opens it again. */
export type Remembered = { record: string; token: string; number: string; title: string; opened: string }

export const KEY = 'public.mine'

/** All that this phone remembers, the latest first. */
export function readRemembered(): Remembered[] {
  return loadDraft<Remembered[]>(KEY) ?? []
}

/** One of them, by its id or its number as somebody types it. */
export function among(all: readonly Remembered[], wanted: string): Remembered | undefined {
  const plain = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return all.find((one) => one.record === wanted || plain(one.number) === plain(wanted))
}
