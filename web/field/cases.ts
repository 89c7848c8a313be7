import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { Api } from '@core/api'
import type { Book } from '@core/kind'
import type { CaseRecord, LiveEntry, Me, Offer } from '@core/model'
import { plainly } from '@core/plainly'
import { asTrouble, type Trouble } from '@core/trouble'
import { expected, type Expected } from './expected'
import { photosOf } from './facts'
import { ASSIGNED, cellsOf, inCell, REPORTED } from './mine'
import type { KeptCase, Phone } from './phone'

/** A case with what it asks of me. */
export interface MyCase {
  record: CaseRecord
  offers: Offer[]
  expected: Expected
}

/** At most so many offers are read ahead; the others when their case is opened. */
const AHEAD = 60
const AT_ONCE = 3
const SETTLE_MS = 700

/** My cases: at once as this phone knows them, then as the town tells. */
export class Cases {
  private readonly kept: ShallowRef<ReadonlyMap<string, KeptCase>> = shallowRef(new Map())
  /** Whether the town has been asked since the start, and how that went. */
  readonly state: ShallowRef<'loading' | 'fresh' | 'old'> = shallowRef('loading')
  readonly trouble: ShallowRef<Trouble | null> = shallowRef(null)
  /** When the town last told, ms. */
  readonly read: ShallowRef<number | undefined> = shallowRef()
  readonly all: ComputedRef<MyCase[]>
  private readonly stale = new Set<string>()
  private settling = 0
  private readonly ahead = new Map<string, Pick<KeptCase, 'offers'> | Pick<KeptCase, 'record'>>()
  private taking = 0
  private asking: Promise<void> | undefined
  private owner = ''
  /** What this phone kept for its owner is here. */
  private opened: Promise<void> | undefined

  constructor(
    private readonly api: Api,
    private readonly phone: Phone,
    private readonly book: () => Book,
    private readonly me: () => Me | null,
  ) {
    this.all = computed(() => {
      const [mine, names] = [this.me(), this.book()]
      return [...this.kept.value.values()].map(({ record, offers }): MyCase => {
        return { record, offers: offers?.actions ?? [], expected: mine ? expected(record, offers?.actions, mine, names) : 'none' }
      })
    })
  }

  /** What this phone knows of a case. */
  known(id: string): KeptCase | undefined {
    return this.kept.value.get(id)
  }

  /** Takes up what this phone kept for its owner. The town may be asked meanwhile. */
  open(owner: string): void {
    if (this.owner === owner) return
    this.owner = owner
    this.state.value = 'loading'
    this.opened = this.takeUp(owner)
  }

  private async takeUp(owner: string): Promise<void> {
    try {
      const [kept, read] = await Promise.all([this.phone.cases.where('owner', owner), this.phone.memo<number>(`read.${owner}`)])
      if (owner !== this.owner) return
      this.kept.value = new Map(kept.map((one) => [one.id, one]))
      this.read.value = read
    } catch {
      this.kept.value = new Map()
    }
  }

  close(): void {
    this.owner = ''
    this.kept.value = new Map()
    this.state.value = 'loading'
  }

  /** Reads all my cases anew; who asks meanwhile waits for the same answer. */
  refresh(): Promise<void> {
    this.asking ??= this.readAll().finally(() => (this.asking = undefined))
    return this.asking
  }

  private async readAll(): Promise<void> {
    const owner = this.owner
    if (!owner) return
    const began = Date.now()
    try {
      const pages = await Promise.all([
        this.api.records(ASSIGNED),
        this.api.records(REPORTED),
        ...cellsOf(this.me()).map((cell) => this.api.records(inCell(cell))),
      ])
      await this.opened
      if (owner !== this.owner) return
      const found = new Map(pages.flatMap((page) => page.records).map((record) => [record.id, record]))
      this.replace(owner, found, began)
      this.state.value = 'fresh'
      this.trouble.value = null
      this.read.value = began
      void this.phone.remember(`read.${owner}`, began).catch(() => undefined)
      await this.readAhead()
    } catch (error) {
      this.trouble.value = asTrouble(error)
      this.state.value = 'old'
    }
  }

  private replace(owner: string, found: ReadonlyMap<string, CaseRecord>, read: number): void {
    const before = this.kept.value
    const next = new Map<string, KeptCase>()
    for (const [id, record] of found) {
      const old = before.get(id)
      // The list tells less than the record by itself: what is here stays until something happened to it.
      const newer = old && old.record.seq >= record.seq ? { ...old.record, late: record.late } : record
      next.set(id, { ...old, id, owner, record: newer, read })
    }
    this.kept.value = next
    const gone = [...before.keys()].filter((id) => !next.has(id))
    void this.phone.cases.change([...next.values()], gone).catch(() => undefined)
  }

  /** Reads what may be done with the cases that changed, the most pressing first, so that it is known without network. */
  private async readAhead(): Promise<void> {
    const wanted = [...this.kept.value.values()]
      .filter(({ record, offers }) => offers?.version !== record.version && (!record.closed || isNew(record)))
      .sort((a, b) => Number(b.record.assigned.length > 0) - Number(a.record.assigned.length > 0) || plainly(a.record.due ?? '9', b.record.due ?? '9'))
      .slice(0, AHEAD)
    const [all, whole] = [wanted.map((one) => one.id), wanted.filter(({ record }) => record.assigned.length > 0).map((one) => one.id)]
    if (all.length === 0) return
    try {
      for (const [id, offers] of await this.api.offersOf(all)) this.ahead.set(id, { offers })
    } catch (error) {
      unlessOffline(error)
    }
    this.takeRead()
    // What is assigned is read whole: only the record by itself explains its deadline.
    const worker = async (): Promise<void> => {
      for (let id = whole.shift(); id !== undefined; id = whole.shift()) await this.readWhole(id)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker)).finally(() => this.takeRead())
  }

  private async readWhole(id: string): Promise<void> {
    try {
      this.ahead.set(id, { record: await this.api.record(id) })
      this.taking ||= window.setTimeout(() => this.takeRead(), SETTLE_MS)
    } catch (error) {
      unlessOffline(error)
    }
  }

  /** Takes what was read ahead, many at once: each change draws the lists again. */
  private takeRead(): void {
    window.clearTimeout(this.taking)
    this.taking = 0
    const next = new Map(this.kept.value)
    const changed: KeptCase[] = []
    for (const [id, more] of this.ahead) {
      const old = next.get(id)
      if (!old) continue
      const one = { ...old, ...more, read: Date.now() }
      next.set(id, one)
      changed.push(one)
    }
    this.ahead.clear()
    if (changed.length === 0) return
    this.kept.value = next
    void this.phone.cases.change(changed).catch(() => undefined)
    for (const { id } of changed) this.readPhotos(id)
  }

  /** Has the small pictures read once, so that the service worker keeps them. */
  private readPhotos(id: string): void {
    const record = this.kept.value.get(id)?.record
    if (!record || record.closed || !navigator.serviceWorker?.controller) return
    for (const hash of photosOf(record, this.book().kind(record.kind), [])) void fetch(this.api.fileUrl(hash, 'thumb')).catch(() => undefined)
  }

  /** Reads one case whole: the record, what may be done with it, and what happened to it. */
  async readOne(id: string): Promise<KeptCase> {
    const [record, offers, journal] = await Promise.all([this.api.record(id), this.api.offers(id), this.api.journal(id)])
    this.keepCase(id, { record, offers, entries: journal.entries })
    return { id, owner: this.owner, record, offers, entries: journal.entries, read: Date.now() }
  }

  private keepCase(id: string, more: Partial<KeptCase>): void {
    const old = this.kept.value.get(id)
    const record = more.record ?? old?.record
    if (!record) return
    const next: KeptCase = { ...old, ...more, id, record, owner: this.owner, read: Date.now() }
    this.kept.value = new Map(this.kept.value).set(id, next)
    void this.phone.cases.put(next).catch(() => undefined)
  }

  /** Hears the live stream: a case that is mine, or lies in a cell of mine, is read again shortly. */
  hear({ record }: LiveEntry, below: ReadonlySet<string>): void {
    const me = this.me()
    const mine = record.assigned.some((one) => me?.posts.some((held) => held.post === one.post && held.unit === (one.unit ?? undefined)))
    if (!this.kept.value.has(record.id) && !below.has(record.cell) && !mine) return
    this.stale.add(record.id)
    window.clearTimeout(this.settling)
    this.settling = window.setTimeout(() => void this.catchUp(), SETTLE_MS)
  }

  private async catchUp(): Promise<void> {
    const ids = [...this.stale]
    this.stale.clear()
    if (ids.length > 5) return this.refresh()
    for (const id of ids) {
      try {
        const [record, offers] = await Promise.all([this.api.record(id), this.api.offers(id)])
        this.keepCase(id, { record, offers })
      } catch {
        // The next refresh tells.
      }
    }
  }
}

/** What was only to be read ahead may fail, unless the town cannot be reached at all. */
function unlessOffline(error: unknown): void {
  const trouble = asTrouble(error)
  if (trouble.offline) throw trouble
}

/** Opened within the last days: who reported it may still have something to say. */
function isNew(record: CaseRecord): boolean {
  return Date.now() - Date.parse(record.changed) < 3 * 86_400_000
}
