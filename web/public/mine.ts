import { ref, type Ref } from 'vue'
import { onDraft, saveDraft } from '@core/draft'
import { among, KEY, readRemembered, type Remembered } from './remembered'

export type { Remembered } from './remembered'

const MOST = 50

const mine: Ref<Remembered[]> = ref(readRemembered())
onDraft((key) => {
  if (key === KEY) mine.value = readRemembered()
})

/** The reports made on this phone, the latest first. */
export function useMine(): Ref<Remembered[]> {
  return mine
}

/** Remembers a report, or knows it better than before. */
export function remember(report: Remembered): void {
  const others = readRemembered().filter((one) => one.record !== report.record)
  mine.value = [report, ...others].sort((a, b) => (a.opened < b.opened ? 1 : -1)).slice(0, MOST)
  saveDraft(KEY, mine.value)
}

/** Forgets a report on this phone; the town keeps it. */
export function forget(record: string): void {
  mine.value = readRemembered().filter((one) => one.record !== record)
  saveDraft(KEY, mine.value)
}

/** A report that this phone remembers, by its id or its number as somebody types it. */
export function recall(wanted: string): Remembered | undefined {
  return among(mine.value, wanted)
}
