import { ref, type Ref } from 'vue'
import { loadDraft, onDraft, saveDraft } from '@core/draft'

/** A report that this phone remembers, with what opens it again. */
export type Remembered = { record: string; token: string; number: string; title: string; opened: string }

const KEY = 'public.mine'
const MOST = 50

const mine: Ref<Remembered[]> = ref(read())
onDraft((key) => {
  if (key === KEY) mine.value = read()
})

function read(): Remembered[] {
  return loadDraft<Remembered[]>(KEY) ?? []
}

/** The reports made on this phone, the latest first. */
export function useMine(): Ref<Remembered[]> {
  return mine
}

/** Remembers a report, or knows it better than before. */
export function remember(report: Remembered): void {
  const others = read().filter((one) => one.record !== report.record)
  mine.value = [report, ...others].sort((a, b) => (a.opened < b.opened ? 1 : -1)).slice(0, MOST)
  saveDraft(KEY, mine.value)
}

/** Forgets a report on this phone; the town keeps it. */
export function forget(record: string): void {
  mine.value = read().filter((one) => one.record !== record)
  saveDraft(KEY, mine.value)
}

/** A report that this phone remembers, by its id or its number as somebody types it. */
export function recall(wanted: string): Remembered | undefined {
  const plain = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return mine.value.find((one) => one.record === wanted || plain(one.number) === plain(wanted))
}
