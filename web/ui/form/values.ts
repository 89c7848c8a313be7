import type { Json } from '@core/model'

/** The hashes of files that a field holds: one, or a list. */
export function hashesOf(value: Json | undefined): string[] {
  if (typeof value === 'string') return value ? [value] : []
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/** What a field that takes `many` (or one) holds for a list of files or records. */
export function listValue(list: string[], many: number | undefined): Json {
  if (list.length === 0) return null
  return many === undefined ? (list[0] ?? null) : list
}
