import type { CaseRecord, Line, Offers } from '@core/model'
import type { Parcel } from './parcel'
import { Shelves } from './shelf'

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

const BY_OWNER = { key: 'id', by: ['owner'] }

/** The database of this phone. */
export class Phone {
  private readonly shelves: Shelves
  readonly parcels
  readonly blobs
  readonly cases
  private readonly memos

  constructor(name = 'gewang-field') {
    this.shelves = new Shelves(name, 10, { parcels: BY_OWNER, blobs: { key: 'name' }, cases: BY_OWNER, memos: { key: 'key' } })
    this.parcels = this.shelves.shelf<Parcel>('parcels')
    this.blobs = this.shelves.shelf<KeptBlob>('blobs')
    this.cases = this.shelves.shelf<KeptCase>('cases')
    this.memos = this.shelves.shelf<Memo>('memos')
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
