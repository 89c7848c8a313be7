import type { CaseRecord, Line, Offers } from '@core/model'
import type { Parcel } from './parcel'
import { Tables, type Table } from './tables'

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

/** Phones in use have this version: the next one is higher. */
const VERSION = 10

/** The database of this phone. */
export class Phone {
  readonly parcels: Table<Parcel>
  readonly blobs: Table<KeptBlob>
  readonly cases: Table<KeptCase>
  readonly memos: Table<Memo>

  constructor(name = 'gewang-field') {
    const tables = new Tables(name, VERSION, {
      parcels: { key: 'id', by: ['owner'] },
      blobs: { key: 'name' },
      cases: { key: 'id', by: ['owner'] },
      memos: { key: 'key' },
    })
    this.parcels = tables.table('parcels')
    this.blobs = tables.table('blobs')
    this.cases = tables.table('cases')
    this.memos = tables.table('memos')
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
