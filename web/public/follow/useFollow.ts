import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { CaseRecord, Entry, Offer, Progress } from '@core/model'
import { asTrouble, type Trouble } from '@core/trouble'
import { useTown } from '@ui/town'
import { isRecordId } from '../link'
import { recall, remember } from '../mine'
import { ending, ownNotes, ownPhotos, stops, told } from './story'

const AGAIN_MS = 20_000

/** A report as whoever made it may see it, kept up to date while the page is open. */
export function useFollow(wanted: string, given: string) {
  const town = useTown()
  const known = recall(wanted)
  const token = given || known?.token || ''
  const state = ref<'loading' | 'content' | 'trouble' | 'unknown'>('loading')
  const trouble = shallowRef<Trouble | null>(null)
  const progress = shallowRef<Progress | null>(null)
  const record = shallowRef<CaseRecord | null>(null)
  const entries = shallowRef<Entry[]>([])
  const offers = shallowRef<Offer[]>([])
  const version = ref(0)

  const kind = computed(() => (record.value ? town.book.value.kind(record.value.kind) : undefined))
  const end = computed(() => (record.value ? ending(record.value, entries.value, kind.value) : progress.value?.closed ? 'settled' : 'open'))
  /** What is told goes for the earlier report where this one was the same. */
  const shown = computed(() => progress.value?.merged_into ?? progress.value)
  const track = computed(() => {
    const merged = progress.value?.merged_into
    const closed = Boolean(shown.value?.closed)
    if (merged || !record.value) return stops([], undefined, shown.value?.stage, closed)
    return stops(entries.value, kind.value, record.value.stage, closed)
  })
  const said = computed(() => told(entries.value, kind.value))
  const photos = computed(() => (record.value ? ownPhotos(record.value, entries.value, kind.value) : []))
  const notes = computed(() => ownNotes(entries.value))
  const follow = computed(() => (record.value ? { record: record.value.id, token } : null))

  async function read(): Promise<void> {
    if (!token) {
      state.value = 'unknown'
      return
    }
    try {
      const found = await town.api.follow(wanted, token)
      progress.value = found
      const named: unknown = 'record' in found ? found.record : undefined
      const id = isRecordId(wanted) ? wanted : typeof named === 'string' ? named : known?.record
      if (id) await readRecord(id)
      state.value = 'content'
      trouble.value = null
    } catch (error) {
      const found = asTrouble(error)
      if (progress.value && found.passing) return
      trouble.value = found
      state.value = found.problem.code === 'not_found' ? 'unknown' : 'trouble'
    }
  }

  async function readRecord(id: string): Promise<void> {
    const as = { record: id, token }
    const [one, lines, offered] = await Promise.all([
      town.api.record(id, { follow: as }),
      // Without its journal the report still tells how far it has come.
      town.api.journal(id, { follow: as, limit: 500 }).catch(() => ({ entries: [] })),
      town.api.offers(id, { follow: as }),
    ])
    record.value = one
    entries.value = lines.entries.map((line) => line.entry)
    offers.value = offered.actions
    version.value = offered.version
    remember({ record: id, token, number: one.number ?? '', title: town.book.value.recordTitle(one, town.lang.value), opened: one.opened })
  }

  const timer = window.setInterval(() => document.visibilityState === 'visible' && state.value === 'content' && void read(), AGAIN_MS)
  const seen = (): void => {
    if (document.visibilityState === 'visible') void read()
  }
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    window.clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  })

  return { state, trouble, progress, shown, record, entries, offers, version, kind, end, track, said, photos, notes, follow, token, read }
}
