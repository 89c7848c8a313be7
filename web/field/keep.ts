import { blobName, type KeptBlob, type Phone } from './phone'

const WEEK_MS = 7 * 86_400_000

/** The files that this phone keeps: in the database, and at hand while the page is open. */
export class Keep {
  readonly blobs = new Map<string, KeptBlob>()
  private readonly urls = new Map<string, string>()

  constructor(private readonly phone: Phone) {}

  /** Takes up what an earlier page kept; what is a week old and no parcel names is cleared away. */
  async open(named: ReadonlySet<string>, now = Date.now()): Promise<void> {
    for (const kept of await this.phone.blobs.all()) {
      if (kept.kept < now - WEEK_MS && !named.has(kept.name)) await this.phone.blobs.delete(kept.name)
      else this.blobs.set(kept.name, kept)
    }
  }

  has(name: string): boolean {
    return this.blobs.has(name)
  }

  /** Keeps a file and answers the name that stands for it; it is on the phone when this resolves. */
  async take(blob: Blob, file: string): Promise<string> {
    const kept: KeptBlob = { name: blobName(), blob, file, kept: Date.now() }
    this.blobs.set(kept.name, kept)
    await this.phone.blobs.put(kept)
    return kept.name
  }

  /** The hash under which the town stores a kept file from now on. */
  async stored(name: string, hash: string): Promise<void> {
    const kept = this.blobs.get(name)
    if (!kept) return
    const next = { ...kept, hash }
    this.blobs.set(name, next)
    await this.phone.blobs.put(next)
  }

  /** An address for an element of the page; undefined where this is none of our names. */
  url(name: string): string | undefined {
    const kept = this.blobs.get(name)
    if (!kept) return undefined
    let url = this.urls.get(name)
    if (!url) {
      url = URL.createObjectURL(kept.blob)
      this.urls.set(name, url)
    }
    return url
  }

  async drop(names: Iterable<string>): Promise<void> {
    const gone = [...names]
    for (const name of gone) {
      const url = this.urls.get(name)
      if (url) URL.revokeObjectURL(url)
      this.urls.delete(name)
      this.blobs.delete(name)
    }
    await this.phone.blobs.delete(...gone)
  }

  /** Bytes kept. */
  get bytes(): number {
    let sum = 0
    for (const kept of this.blobs.values()) sum += kept.blob.size
    return sum
  }
}
