/** A database of this phone: shelves of things by their keys, some to be found by one of their fields too. */
export class Shelves {
  private opened: Promise<IDBDatabase> | undefined

  constructor(
    private readonly name: string,
    private readonly version: number,
    /** The key of each shelf's things, and the fields by which they are found. */
    private readonly shelves: Record<string, { key: string; by?: readonly string[] }>,
  ) {}

  shelf<T>(name: string): Shelf<T> {
    return new Shelf<T>(() => this.open(), name)
  }

  private open(): Promise<IDBDatabase> {
    this.opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const asked = indexedDB.open(this.name, this.version)
      asked.onupgradeneeded = () => {
        for (const [name, { key, by = [] }] of Object.entries(this.shelves)) {
          if (asked.result.objectStoreNames.contains(name)) continue
          const made = asked.result.createObjectStore(name, { keyPath: key })
          for (const field of by) made.createIndex(field, field)
        }
      }
      asked.onsuccess = () => {
        const found = asked.result
        // Another page of this phone needs it newer, or the browser took it away: the next question opens it again.
        found.onversionchange = () => found.close()
        found.onclose = () => (this.opened = undefined)
        resolve(found)
      }
      asked.onerror = () => reject(asked.error ?? new Error('the database cannot be opened'))
    }).catch((error: unknown) => {
      this.opened = undefined
      throw error
    })
    return this.opened
  }
}

/** Things of one sort by their keys. What was put or deleted is on the phone when the promise resolves. */
export class Shelf<T> {
  constructor(
    private readonly open: () => Promise<IDBDatabase>,
    private readonly name: string,
  ) {}

  get(key: string): Promise<T | undefined> {
    return this.read((store) => store.get(key) as IDBRequest<T | undefined>)
  }

  /** All of them, or those of which a field has a value. */
  all(field?: string, value?: string): Promise<T[]> {
    return this.read((store) => (field === undefined ? store : store.index(field)).getAll(value) as IDBRequest<T[]>)
  }

  count(): Promise<number> {
    return this.read((store) => store.count())
  }

  /** Puts some and deletes others, all or nothing. */
  async change(put: readonly T[], deleted: readonly string[] = []): Promise<void> {
    if (put.length + deleted.length === 0) return
    const db = await this.open()
    return new Promise((resolve, reject) => {
      const turn = db.transaction(this.name, 'readwrite')
      const store = turn.objectStore(this.name)
      turn.oncomplete = () => resolve()
      turn.onabort = () => reject(turn.error ?? new Error('not kept'))
      try {
        for (const key of deleted) store.delete(key)
        for (const one of put) store.put(one)
      } catch (error) {
        turn.abort()
        throw error
      }
    })
  }

  put(one: T): Promise<void> {
    return this.change([one])
  }

  delete(key: string): Promise<void> {
    return this.change([], [key])
  }

  private async read<A>(ask: (store: IDBObjectStore) => IDBRequest<A>): Promise<A> {
    const db = await this.open()
    return new Promise((resolve, reject) => {
      const asked = ask(db.transaction(this.name, 'readonly').objectStore(this.name))
      asked.onsuccess = () => resolve(asked.result)
      asked.onerror = () => reject(asked.error ?? new Error('not read'))
    })
  }
}
