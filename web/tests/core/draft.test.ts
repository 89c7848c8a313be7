import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import { draftKeys, dropBlob, dropDraft, loadBlob, loadBlobs, loadDraft, onDraft, saveBlob, saveDraft } from '@core/draft'

afterEach(() => {
  vi.restoreAllMocks()
  localStorage.clear()
})

test('words are kept at once, by key, the latest first', () => {
  vi.spyOn(Date, 'now').mockReturnValueOnce(1).mockReturnValueOnce(2).mockReturnValueOnce(3)
  expect(saveDraft('report/a', { summary: 'x' })).toBe(true)
  saveDraft('report/b', [1])
  saveDraft('other', 'y')
  expect(loadDraft('report/a')).toEqual({ summary: 'x' })
  expect(draftKeys('report/')).toEqual(['report/b', 'report/a'])
  dropDraft('report/b')
  expect(draftKeys()).toEqual(['other', 'report/a'])
  expect(loadDraft('report/b')).toBeUndefined()
})

test('a full or forbidden store leaves memory, and never older words in place of newer', () => {
  saveDraft('k', 'old')
  const store = localStorage
  const setItem = (): void => {
    throw new DOMException('full', 'QuotaExceededError')
  }
  vi.stubGlobal('localStorage', { setItem, getItem: (key: string) => store.getItem(key), removeItem: (key: string) => store.removeItem(key), length: 0 })
  expect(saveDraft('k', 'new')).toBe(false)
  expect(loadDraft('k')).toBe('new')
  expect(draftKeys()).toEqual(['k'])
  vi.unstubAllGlobals()
  expect(saveDraft('k', 'newest')).toBe(true)
  expect(loadDraft('k')).toBe('newest')
})

test('nonsense in the store is no draft', () => {
  localStorage.setItem('gewang.draft.bad', '{')
  expect(loadDraft('bad')).toBeUndefined()
})

test('other tabs are heard', () => {
  const heard: string[] = []
  const off = onDraft((key) => heard.push(key))
  dispatchEvent(Object.assign(new Event('storage'), { key: 'gewang.draft.a' }))
  dispatchEvent(Object.assign(new Event('storage'), { key: 'something.else' }))
  off()
  dispatchEvent(Object.assign(new Event('storage'), { key: 'gewang.draft.b' }))
  expect(heard).toEqual(['a'])
})

test('blobs are kept by name and go with their draft', async () => {
  const words = async (blob: Blob | undefined): Promise<string | undefined> => blob && `${blob.type}:${await blob.text()}`
  expect(await saveBlob('d', 'one', new Blob(['1'], { type: 'image/jpeg' }))).toBe(true)
  await saveBlob('d', 'two', new Blob(['2'], { type: 'audio/webm' }))
  await saveBlob('dd', 'three', new Blob(['3']))
  expect(await words(await loadBlob('d', 'one'))).toBe('image/jpeg:1')
  expect([...(await loadBlobs('d')).keys()].sort()).toEqual(['one', 'two'])
  await dropBlob('d', 'one')
  expect(await loadBlob('d', 'one')).toBeUndefined()
  dropDraft('d')
  await vi.waitFor(async () => expect((await loadBlobs('d')).size).toBe(0))
  expect((await loadBlobs('dd')).size).toBe(1)
})

test('without a database blobs stay in memory while the page lives', async () => {
  vi.spyOn(Blob.prototype, 'arrayBuffer').mockRejectedValue(new Error('no'))
  expect(await saveBlob('m', 'one', new Blob(['1']))).toBe(false)
  expect(await loadBlob('m', 'one')).toBeInstanceOf(Blob)
  expect([...(await loadBlobs('m')).keys()]).toEqual(['one'])
  dropDraft('m')
  expect(await loadBlob('m', 'one')).toBeUndefined()
})
