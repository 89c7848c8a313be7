import { draftKeys, dropDraft } from '@core/draft'
import type { PhoneApi } from './api'

/**
 * Takes a person's cases and drafts off the phone. What has not reached the town stays: it is theirs, nobody else's session
 * sends it, and it goes out when they sign in again.
 */
export async function emptyPhone(api: PhoneApi, person: string): Promise<void> {
  for (const key of draftKeys('field.')) dropDraft(key)
  const caches = 'caches' in window ? await window.caches.keys() : []
  await Promise.all(caches.filter((name) => name.startsWith('gewang-read')).map((name) => window.caches.delete(name)))
  const cases = await api.phone.cases.where('owner', person).catch(() => [])
  await api.phone.cases.delete(...cases.map((one) => one.id)).catch(() => undefined)
  for (const one of api.outbox.parcels.value.filter((it) => it.owner === person && (it.state === 'sent' || it.state === 'merged'))) await api.outbox.drop(one.id)
}
