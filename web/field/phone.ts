import { Dexie, type EntityTable } from 'dexie'
import type { CaseRecord, Line, Offers } from '@core/model'
import type { Parcel } from './parcel'

/** A photo or a voice note that this phone keeps until the town has it. */
export interface KeptBlob {
  /** The name that stands for its hash meanwhile. */
  name: string
  blob: Blob
  file: string
  kept: number
  /** Its hash, once it is stored. */
  hash?: string
}

/** A case as it was read last. */
export interface KeptCase {
  id: string
  owner: string
  record: CaseRecord
  offers?: Offers
  entries?: Line[]
  /** When it was read, ms. */
  read: number
}

/** A small thing to remember, by its name. */
export interface Memo {
  key: string
  value: unknown
}

/** The database of this phone. */
export class Phone extends Dexie {
  parcels!: EntityTable<Parcel, 'id'>
  blobs!: EntityTable<KeptBlob, 'name'>
  cases!: EntityTable<KeptCase, 'id'>
  memos!: EntityTable<Memo, 'key'>

  constructor(name = 'gewang-field') {
    super(name)
    this.version(1).stores({ parcels: 'id, owner', blobs: 'name', cases: 'id, owner', memos: 'key' })
  }

  async memo<T>(key: string): Promise<T | undefined> {
    return (await this.memos.get(key))?.value as T | undefined
  }

  async remember(key: string, value: unknown): Promise<void> {
    await this.memos.put({ key, value })
  }
}

/** A name for a kept file: it looks like a hash, so that it may stand wherever a hash does, and is none. */
export function blobName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
