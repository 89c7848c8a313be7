import type { Command, Instant, JsonObject, LonLat } from './model'

/** What the server takes at most, so that a client can say no before it sends. */
export const ACCEPTS = {
  /** Commands in one request. */
  commands: 500,
  /** Filters counted in one request. */
  counts: 20,
  /** Records asked about in one request. */
  offers: 100,
  /** Bytes of the JSON of one request. */
  bodyBytes: 4 * 1024 * 1024,
  /** Bytes of one file. */
  fileBytes: 20 * 1024 * 1024,
  /** Files beside a form. */
  files: 20,
  /** Characters of a note. */
  note: 4000,
  /** Pixels of a photo's longer side as we send it. */
  photoPixels: 2048,
  /** What a file input offers. */
  photos: 'image/jpeg,image/png,image/webp',
  audio: 'audio/*',
  documents: '.pdf,.xlsx,.docx,.csv,.txt,image/jpeg,image/png,image/webp,audio/*',
} as const

/** What a command says; its id and time are made unless given. */
export interface CommandParts {
  kind: string
  action: string
  /** The record; a new one where the action creates. */
  record?: string | undefined
  version?: number | undefined
  place?: LonLat | null | undefined
  data?: JsonObject | undefined
  files?: string[] | undefined
  at?: Instant | Date | undefined
  id?: string | undefined
}

let lastMs = 0
let counter = 0

/** A UUIDv7: the time in milliseconds, a counter, then chance; those of one page sort as they were made. */
export function uuid7(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  if (now > lastMs) {
    lastMs = now
    // Half of the counter's room, so that it can count on within the millisecond.
    counter = (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) & 0x7ff
  } else if (++counter > 0xfff) {
    // The clock stands still or went back, and the counter is used up: the id borrows from the next millisecond.
    lastMs++
    counter = 0
  }
  for (let at = 5, rest = lastMs; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
  bytes[6] = 0x70 | (counter >> 8)
  bytes[7] = counter & 0xff
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A command with ids of its own, ready to be sent as often as needed; what is empty is left out. */
export function command(parts: CommandParts): Command {
  const made: Command = {
    id: parts.id ?? uuid7(),
    at: parts.at instanceof Date ? parts.at.toISOString() : (parts.at ?? new Date().toISOString()),
    kind: parts.kind,
    record: parts.record ?? uuid7(),
    action: parts.action,
  }
  if (parts.version !== undefined) made.version = parts.version
  if (parts.place) made.place = parts.place
  if (parts.data && Object.keys(parts.data).length > 0) made.data = parts.data
  if (parts.files && parts.files.length > 0) made.files = parts.files
  return made
}
