/**
 * Keeps what somebody typed until it has reached the town. Words lie in localStorage, which is written at once even while
 * the page closes; photos and sounds lie in IndexedDB. Where a browser gives neither, memory serves while the page lives.
 */
import type { Json } from './model'

const PREFIX = 'gewang.draft.'
const memory = new Map<string, string>()
const blobsInMemory = new Map<string, Blob>()

interface Kept {
  value: Json
  saved: number
}

function store(): Storage | undefined {
  try {
    return typeof localStorage === 'undefined' ? undefined : localStorage
  } catch {
    return undefined
  }
}

/** Keeps what was typed under a key, at once; it survives reload, failure and sign-out. False where only memory holds it. */
export function saveDraft(key: string, value: Json): boolean {
  const kept = JSON.stringify({ value, saved: Date.now() } satisfies Kept)
  try {
    store()?.setItem(PREFIX + key, kept)
    memory.delete(key)
    return store() !== undefined
  } catch {
    // No room: older words of the same key must not come back in their place.
    store()?.removeItem(PREFIX + key)
    memory.set(key, kept)
    return false
  }
}

/** What was kept under a key, or undefined. */
export function loadDraft<T extends Json = Json>(key: string): T | undefined {
  return read(key)?.value as T | undefined
}

/** When it was kept (ms of the epoch), or undefined. */
export function draftSaved(key: string): number | undefined {
  return read(key)?.saved
}

function read(key: string): Kept | undefined {
  const text = memory.get(key) ?? store()?.getItem(PREFIX + key)
  if (!text) return undefined
  try {
    return JSON.parse(text) as Kept
  } catch {
    return undefined
  }
}

/** Forgets a draft with its blobs. */
export function dropDraft(key: string): void {
  memory.delete(key)
  store()?.removeItem(PREFIX + key)
  void dropBlobs(key)
}

/** The keys of all drafts that begin with `prefix`, the latest first. */
export function draftKeys(prefix = ''): string[] {
  const keys = new Set(memory.keys())
  const kept = store()
  for (let at = 0; at < (kept?.length ?? 0); at++) {
    const key = kept?.key(at)
    if (key?.startsWith(PREFIX)) keys.add(key.slice(PREFIX.length))
  }
  return [...keys].filter((key) => key.startsWith(prefix)).sort((a, b) => (draftSaved(b) ?? 0) - (draftSaved(a) ?? 0))
}

/** Hears changes of drafts made in other tabs until the function returned is called. */
export function onDraft(hear: (key: string) => void): () => void {
  const listen = (event: StorageEvent): void => {
    if (event.key?.startsWith(PREFIX)) hear(event.key.slice(PREFIX.length))
  }
  addEventListener('storage', listen)
  return () => removeEventListener('storage', listen)
}

const blobKey = (key: string, name: string): string => `${key}\n${name}`
let opened: Promise<IDBDatabase> | undefined

function database(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('gewang.drafts', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('blobs')
    request.onsuccess = () => {
      // Another tab with a newer version must not wait for this one, nor this one write into a closed store.
      request.result.onversionchange = () => request.result.close()
      request.result.onclose = () => (opened = undefined)
      resolve(request.result)
    }
    request.onerror = () => reject(request.error ?? new Error('no database'))
    request.onblocked = () => reject(new Error('blocked'))
  }).catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return opened
}

async function within<T>(mode: IDBTransactionMode, ask: (blobs: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await database()).transaction('blobs', mode)
  const request = ask(transaction.objectStore('blobs'))
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
    transaction.onerror = () => reject(transaction.error ?? new Error('failed'))
  })
}

/** All blobs of a draft lie between these keys. */
const rangeOf = (key: string): IDBKeyRange => IDBKeyRange.bound(blobKey(key, ''), blobKey(key, '\uffff'))

/** Keeps a blob (a photo, a voice note) of a draft under a name. False where only memory holds it. */
export async function saveBlob(key: string, name: string, blob: Blob): Promise<boolean> {
  try {
    // As bytes: some browsers keep a blob only as a pointer to a file that is gone after a reload.
    const bytes = await blob.arrayBuffer()
    await within('readwrite', (blobs) => blobs.put({ bytes, type: blob.type }, blobKey(key, name)))
    blobsInMemory.delete(blobKey(key, name))
    return true
  } catch {
    blobsInMemory.set(blobKey(key, name), blob)
    return false
  }
}

function blobOf(kept: unknown): Blob | undefined {
  const { bytes, type } = (kept ?? {}) as { bytes?: ArrayBuffer; type?: string }
  return bytes ? new Blob([bytes], { type: type ?? '' }) : undefined
}

/** The blob kept, or undefined. */
export async function loadBlob(key: string, name: string): Promise<Blob | undefined> {
  const held = blobsInMemory.get(blobKey(key, name))
  if (held) return held
  return within<unknown>('readonly', (blobs) => blobs.get(blobKey(key, name))).then(blobOf, () => undefined)
}

/** All blobs of a draft by name. */
export async function loadBlobs(key: string): Promise<Map<string, Blob>> {
  const found = new Map<string, Blob>()
  const names = await within('readonly', (blobs) => blobs.getAllKeys(rangeOf(key))).catch(() => [])
  for (const whole of names) {
    const name = String(whole).slice(blobKey(key, '').length)
    const blob = await loadBlob(key, name)
    if (blob) found.set(name, blob)
  }
  for (const [whole, blob] of blobsInMemory) {
    if (whole.startsWith(blobKey(key, ''))) found.set(whole.slice(blobKey(key, '').length), blob)
  }
  return found
}

/** Forgets one blob. */
export async function dropBlob(key: string, name: string): Promise<void> {
  blobsInMemory.delete(blobKey(key, name))
  await within('readwrite', (blobs) => blobs.delete(blobKey(key, name))).catch(() => undefined)
}

async function dropBlobs(key: string): Promise<void> {
  for (const whole of [...blobsInMemory.keys()]) if (whole.startsWith(blobKey(key, ''))) blobsInMemory.delete(whole)
  await within('readwrite', (blobs) => blobs.delete(rangeOf(key))).catch(() => undefined)
}
