/** How a table of a database is kept: the property that names a row, and those by which rows are found. */
export interface Kept {
  key: string
  by?: readonly string[]
}

/** A database of this browser, opened when it is first asked for; opened anew after the browser took it away. */
export class Tables {
  private opened: Promise<IDBDatabase> | undefined

  constructor(
    private readonly name: string,
    private readonly version: number,
    private readonly tables: Readonly<Record<string, Kept>>,
  ) {}

  table<T>(name: string): Table<T> {
    return new Table(name, () => this.open())
  }

  private open(): Promise<IDBDatabase> {
    this.opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(this.name, this.version)
      request.onupgradeneeded = () => this.lay(request)
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close()
        request.result.onclose = () => (this.opened = undefined)
        resolve(request.result)
      }
      request.onerror = () => reject(request.error ?? new Error('no database'))
      request.onblocked = () => reject(new Error('blocked'))
    }).catch((error: unknown) => {
      this.opened = undefined
      throw error
    })
    return this.opened
  }

  /** Makes the tables that an earlier version of the page did not have. */
  private lay(request: IDBOpenDBRequest): void {
    const { result: database, transaction } = request
    for (const [name, { key, by = [] }] of Object.entries(this.tables)) {
      const store = database.objectStoreNames.contains(name) ? transaction?.objectStore(name) : database.createObjectStore(name, { keyPath: key })
      for (const property of by) if (store && !store.indexNames.contains(property)) store.createIndex(property, property)
    }
  }
}

/** Rows of one sort. What was written is on the disk when the promise resolves. */
export class Table<T> {
  constructor(
    private readonly name: string,
    private readonly open: () => Promise<IDBDatabase>,
  ) {}

  get(key: string): Promise<T | undefined> {
    return this.within('readonly', (rows) => rows.get(key) as IDBRequest<T | undefined>)
  }

  all(): Promise<T[]> {
    return this.within('readonly', (rows) => rows.getAll() as IDBRequest<T[]>)
  }

  /** The rows in which a property has this value. */
  where(property: string, value: string): Promise<T[]> {
    return this.within('readonly', (rows) => rows.index(property).getAll(value) as IDBRequest<T[]>)
  }

  count(): Promise<number> {
    return this.within('readonly', (rows) => rows.count())
  }

  /** Writes rows over those of the same name and takes others out, all or nothing. */
  async change(put: readonly T[], gone: readonly string[] = []): Promise<void> {
    if (put.length + gone.length === 0) return
    await this.within('readwrite', (rows) => {
      for (const key of gone) rows.delete(key)
      for (const row of put) rows.put(row)
      return undefined
    })
  }

  put(row: T): Promise<void> {
    return this.change([row])
  }

  delete(...keys: readonly string[]): Promise<void> {
    return this.change([], keys)
  }

  private async within<R>(mode: IDBTransactionMode, ask: (rows: IDBObjectStore) => IDBRequest<R> | undefined): Promise<R> {
    const transaction = (await this.open()).transaction(this.name, mode)
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
      transaction.onerror = () => reject(transaction.error ?? new Error('failed'))
    })
    let request: IDBRequest<R> | undefined
    try {
      request = ask(transaction.objectStore(this.name))
    } catch (error) {
      // What cannot be kept at all takes the rest of the change with it.
      done.catch(() => undefined)
      transaction.abort()
      throw error
    }
    await done
    return request?.result as R
  }
}
