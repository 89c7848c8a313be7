import type { RecordFilter } from '@core/api'
import type { CaseRecord, Page } from '@core/model'
import { askOf, compare, rankOf, type Filter, type Order } from './filter'

/** Asks the server for a page. */
export type Fetch = (question: RecordFilter) => Promise<Page>

/** One question of a list, and how far its answer has been read. */
interface Source { filter: Filter; cursor: string | undefined; end: boolean; last: CaseRecord | undefined }

/**
 * Records that answer one or several questions (their union), in order, read page by page and kept up to date. The server alone
 * decides what answers a question: what changed is asked for anew by its sequence number, so no rule is written twice.
 */
export class CaseList {
  readonly order: Order
  private readonly sources: Source[]
  private readonly fetch: Fetch
  private readonly page: number
  private readonly byId = new Map<string, CaseRecord>()
  /** Ten thousand records are sorted anew at every change: their instants are read once. */
  private readonly ranks = new WeakMap<CaseRecord, number>()
  private readonly compare: (a: CaseRecord, b: CaseRecord) => number
  private sorted: CaseRecord[] | undefined
  private touched = new Set<string>()
  private head = 0

  constructor(filters: readonly Filter[], order: Order, fetch: Fetch, page = 100) {
    this.order = order
    this.compare = compare(order, (record) => {
      const known = this.ranks.get(record)
      if (known !== undefined) return known
      const rank = rankOf(record, order)
      this.ranks.set(record, rank)
      return rank
    })
    this.fetch = fetch
    this.page = page
    this.sources = filters.map((filter) => ({ filter, cursor: undefined, end: false, last: undefined }))
  }

  /** Whether everything has been read. */
  get complete(): boolean {
    return this.sources.every((source) => source.end)
  }

  /** The records read so far, in order, up to where the furthest unread page might begin. */
  records(): CaseRecord[] {
    if (this.sorted) return this.sorted
    const order = this.compare
    let all = [...this.byId.values()].sort(order)
    for (const source of this.sources) {
      const last = source.last
      if (!source.end && last) all = all.filter((record) => order(record, last) <= 0)
      if (!source.end && !last) all = []
    }
    this.sorted = all
    return all
  }

  /** A record that was read, by id. */
  get(id: string): CaseRecord | undefined {
    return this.byId.get(id)
  }

  /** Reads on: the next page of the question that is behind the others. Answers whether there was one to read. */
  async more(): Promise<boolean> {
    const order = this.compare
    const open = this.sources.filter((source) => !source.end)
    const behind = open.filter((source) => !source.last)
    const next = behind.length > 0 ? behind : open.sort((a, b) => (a.last && b.last ? order(a.last, b.last) : 0)).slice(0, 1)
    if (next.length === 0) return false
    await Promise.all(next.map((source) => this.read(source)))
    return true
  }

  private async read(source: Source): Promise<void> {
    const question: RecordFilter = { ...askOf(source.filter), order: this.order, limit: this.page }
    const page = await this.fetch(source.cursor === undefined ? question : { ...question, cursor: source.cursor })
    const whole = this.sorted?.length === this.byId.size ? this.sorted : undefined
    for (const record of page.records) this.put(record)
    source.last = page.records.at(-1) ?? source.last
    source.cursor = page.next ?? undefined
    source.end = !page.next
    this.sorted = whole && this.sources.length === 1 ? this.followed(whole, page.records) : undefined
  }

  /** The records read before with a page after them: what comes in order need not be sorted. Undefined where it does not. */
  private followed(before: readonly CaseRecord[], page: readonly CaseRecord[]): CaseRecord[] | undefined {
    if (this.byId.size !== before.length + page.length) return undefined
    let last = before.at(-1)
    for (const record of page) {
      if (last && this.compare(last, record) > 0) return undefined
      last = record
    }
    return [...before, ...page]
  }

  private put(record: CaseRecord): void {
    const known = this.byId.get(record.id)
    if (!known || known.version <= record.version) this.byId.set(record.id, record)
    this.head = Math.max(this.head, record.seq)
  }

  /** Something happened to a record: its place in the list is in question until `settle`. */
  touch(id: string, seq: number): void {
    this.touched.add(id)
    this.floor = this.floor === undefined ? seq - 1 : Math.min(this.floor, seq - 1)
  }

  private floor: number | undefined

  /** Whether something is in question. */
  get unsettled(): boolean {
    return this.touched.size > 0
  }

  /** Asks what became of the records in question; answers the ids that came new into the list. */
  async settle(): Promise<string[]> {
    const touched = this.touched
    const since = this.floor
    if (touched.size === 0 || since === undefined) return []
    this.touched = new Set()
    this.floor = undefined
    const found = new Map<string, CaseRecord>()
    try {
      for (const source of this.sources) {
        const question: RecordFilter = { ...askOf(source.filter), since, limit: 500 }
        for (let cursor: string | undefined; ; ) {
          const page = await this.fetch(cursor === undefined ? question : { ...question, cursor })
          for (const record of page.records) found.set(record.id, record)
          if (!page.next) break
          cursor = page.next
        }
      }
    } catch (error) {
      for (const id of touched) this.touched.add(id)
      this.floor = Math.min(since, this.floor ?? since)
      throw error
    }
    const fresh: string[] = []
    for (const id of touched) {
      const record = found.get(id)
      if (!record) this.byId.delete(id)
      else {
        if (!this.byId.has(id)) fresh.push(id)
        this.put(record)
      }
    }
    this.sorted = undefined
    return fresh
  }

  /** Takes a record out at once, before the stream tells: it was just acted upon and no longer belongs here. */
  drop(id: string): void {
    if (this.byId.delete(id)) this.sorted = undefined
  }
}
