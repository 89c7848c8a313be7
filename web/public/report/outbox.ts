import { ref, type Ref } from 'vue'
import type { Api } from '@core/api'
import { dropDraft, draftKeys, loadBlob, loadDraft, onDraft, saveDraft } from '@core/draft'
import type { Json, JsonObject, LonLat, Problem } from '@core/model'
import { asTrouble, type Trouble } from '@core/trouble'
import { remember } from '../mine'

/** A report on its way to the town, as this phone keeps it until it has arrived. */
export type Parcel = {
  /** The ids of its command and its record: with them it arrives once, however often it is sent. */
  id: string
  record: string
  kind: string
  action: string
  at: string
  place: LonLat | null
  data: JsonObject
  /** Photos by the names under which the draft keeps them, with their hash once they have arrived. */
  photos: { name: string; hash: string | null }[]
  photoField: string | null
  /** Whether the field takes several photos. */
  many: boolean
  /** What it is called in the list. */
  title: string
  phase: 'waiting' | 'refused'
}

/** How the sending stands, for the page that shows it. */
export interface Sending {
  busy: boolean
  /** Why it has not arrived yet. */
  trouble: Trouble | null
  /** When it is tried again, in milliseconds of the epoch. */
  next: number | null
}

const PREFIX = 'public.parcel.'
const PAUSES_S = [3, 5, 10, 20, 40, 60]

const parcels: Ref<Parcel[]> = ref([])
const sending: Ref<Map<string, Sending>> = ref(new Map())
const arrived: Ref<Map<string, { number: string; token: string }>> = ref(new Map())
const attempts = new Map<string, number>()
let api: Api | undefined
let timer: number | undefined

/** The key under which a report's photos are kept while it is written and sent. */
export const blobsOf = (record: string): string => `public.photos.${record}`

/** The reports that have not arrived yet, how their sending stands, and what has arrived since the page was opened. */
export function useOutbox(): { parcels: Ref<Parcel[]>; sending: Ref<Map<string, Sending>>; arrived: Ref<Map<string, { number: string; token: string }>> } {
  return { parcels, sending, arrived }
}

/** Begins to send what an earlier visit left, and tries again whenever there may be a network. */
export function startOutbox(town: Api): void {
  api = town
  read()
  onDraft((key) => key.startsWith(PREFIX) && read())
  window.addEventListener('online', () => void flush())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void flush()
  })
  if (parcels.value.length > 0) void flush()
}

function read(): void {
  parcels.value = draftKeys(PREFIX).flatMap((key) => loadDraft<Parcel>(key) ?? [])
}

function write(parcel: Parcel): void {
  saveDraft(PREFIX + parcel.record, parcel as unknown as Json)
  read()
}

/** Keeps a report and sends it; resolves when it has arrived, was refused, or has to wait. */
export async function dispatch(parcel: Parcel): Promise<Sending> {
  write(parcel)
  return deliver(parcel)
}

/** Takes a report back to be written on, or gives it up. */
export function takeBack(record: string): void {
  dropDraft(PREFIX + record)
  sending.value.delete(record)
  attempts.delete(record)
  read()
}

/** Tries everything that waits, now. */
export async function flush(): Promise<void> {
  window.clearTimeout(timer)
  for (const parcel of parcels.value) {
    if (parcel.phase === 'waiting' && !sending.value.get(parcel.record)?.busy) await deliver(parcel)
  }
}

async function deliver(parcel: Parcel): Promise<Sending> {
  if (!api) throw new Error('startOutbox was not called')
  sending.value.set(parcel.record, { busy: true, trouble: null, next: null })
  try {
    await sendPhotos(api, parcel)
    const outcome = await api.send(
      {
        id: parcel.id,
        at: parcel.at,
        kind: parcel.kind,
        record: parcel.record,
        action: parcel.action,
        ...(parcel.place ? { place: parcel.place } : {}),
        data: withPhotos(parcel),
      },
      { attempts: 2 },
    )
    const token = outcome.follow?.token ?? ''
    const number = outcome.follow?.number ?? outcome.number ?? ''
    if (token) remember({ record: parcel.record, token, number, title: parcel.title, opened: parcel.at })
    arrived.value.set(parcel.record, { number, token })
    dropDraft(blobsOf(parcel.record))
    takeBack(parcel.record)
    return { busy: false, trouble: null, next: null }
  } catch (error) {
    return failed(parcel, asTrouble(error))
  }
}

function failed(parcel: Parcel, trouble: Trouble): Sending {
  const tried = (attempts.get(parcel.record) ?? 0) + 1
  attempts.set(parcel.record, tried)
  const asked = retryAfter(trouble.problem)
  const pause = asked ?? PAUSES_S[Math.min(tried, PAUSES_S.length) - 1] ?? 60
  const state: Sending = { busy: false, trouble, next: trouble.passing ? Date.now() + pause * 1000 : null }
  sending.value.set(parcel.record, state)
  if (trouble.passing) {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void flush(), pause * 1000)
  } else {
    write({ ...parcel, phase: 'refused' })
  }
  return state
}

function retryAfter(problem: Problem): number | undefined {
  const seconds = 'retry_after' in problem ? Number(problem.retry_after) : Number.NaN
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}

async function sendPhotos(town: Api, parcel: Parcel): Promise<void> {
  for (const photo of parcel.photos) {
    if (photo.hash) continue
    const blob = await loadBlob(blobsOf(parcel.record), photo.name)
    if (!blob) continue
    photo.hash = (await town.upload(blob, photo.name)).hash
    write(parcel)
  }
}

function withPhotos(parcel: Parcel): JsonObject {
  const hashes = parcel.photos.flatMap(({ hash }) => (hash ? [hash] : []))
  if (!parcel.photoField || hashes.length === 0) return parcel.data
  return { ...parcel.data, [parcel.photoField]: parcel.many ? hashes : (hashes[0] ?? null) }
}
