import type { FeatureCollection } from 'geojson'
import type { FollowToken, LikelyTo, PeopleFilter, PostOptions, RecordFilter, TallyFilter, UploadOptions } from './asking'
import { ACCEPTS } from './command'
import { Connection, got, ONCE, READ } from './connection'
import { adviceOf, type Advice, type BaseMap, type DaysWithEntries, type DemoTown, type Duty, type Figures, type PackFault, type PackFiles, type Replay } from './later'
import type {
  CaseRecord, Command, Journal, Likely, Located, Look, Me, Offer, Offers, Outcome, Packs, Page, Person, Progress, Status, Stored, Sum, Territory, Unit,
} from './model'
import { queryOf, type Sending } from './transport'
import { problem, Trouble } from './trouble'
import { uploadWithProgress } from './upload'

export type * from './asking'
export type * from './model'
export type * from './later'
export { asTrouble, Trouble, type TroubleKind } from './trouble'

/** The town's API. Every method answers as typed or throws a `Trouble`; a caller's own `AbortSignal` throws an AbortError. */
export class Api extends Connection {
  /** Who is signed in; null for nobody. */
  async session(): Promise<Me | null> {
    try {
      return await this.plain<Me>('GET', '/session', { quiet: true, anybody: true, sending: READ })
    } catch (error) {
      if (error instanceof Trouble && error.kind === 'signed_out') return null
      throw error
    }
  }

  /** Signs in; the browser keeps the session's cookie. */
  signIn(name: string, password: string): Promise<Me> {
    return this.plain<Me>('POST', '/session', { body: { name, password }, quiet: true, anybody: true })
  }

  async signOut(): Promise<void> {
    try {
      await this.plain('DELETE', '/session', { quiet: true, sending: READ })
    } catch (error) {
      // What had ended already need not end.
      if (!(error instanceof Trouble) || error.kind !== 'signed_out') throw error
    }
  }

  async changePassword(old: string, fresh: string): Promise<void> {
    await this.client.POST('/api/v1/session/password', { body: { old, new: fresh } })
  }

  async status(): Promise<Status> {
    const asked = performance.now()
    const status = got(await this.client.GET('/api/v1/status'))
    this.onTime?.(status.time, performance.now() - asked)
    return status
  }

  async packs(): Promise<Packs> {
    return got(await this.client.GET('/api/v1/packs')) as Packs
  }

  async cells(): Promise<Territory> {
    return got(await this.client.GET('/api/v1/cells')) as unknown as Territory
  }

  /** The outlines as GeoJSON: of `cell` and the cells below it, or of all. */
  outlines(cell?: string): Promise<FeatureCollection> {
    return this.plain<FeatureCollection>('GET', '/cells', { query: { format: 'geojson', cell }, sending: READ })
  }

  async units(): Promise<Unit[]> {
    return got(await this.client.GET('/api/v1/units')).units
  }

  async people(filter: PeopleFilter = {}): Promise<Person[]> {
    return got(await this.client.GET('/api/v1/people', { params: { query: { ...filter } } })).people as Person[]
  }

  async records(filter: RecordFilter = {}, signal?: AbortSignal): Promise<Page> {
    return this.plain<Page>('GET', '/records', { query: { ...filter }, sending: { ...READ, signal } })
  }

  /** All pages of a filter, up to `most` records. */
  async allRecords(filter: RecordFilter = {}, most = 10_000, signal?: AbortSignal): Promise<CaseRecord[]> {
    const all: CaseRecord[] = []
    let cursor = filter.cursor
    do {
      const page = await this.records({ limit: 500, ...filter, ...(cursor ? { cursor } : {}) }, signal)
      all.push(...page.records)
      cursor = page.next ?? undefined
    } while (cursor && all.length < most)
    return all.slice(0, most)
  }

  /** How many records match each filter, in order; counting ends at some thousands, which nobody counts up to. */
  async counts(filters: RecordFilter[]): Promise<number[]> {
    const found: number[] = []
    for (let from = 0; from < filters.length; from += ACCEPTS.counts) {
      const asked = filters.slice(from, from + ACCEPTS.counts).map(({ order: _order, limit: _limit, cursor: _cursor, ...filter }) => filter)
      const answer = await this.plain<{ counts: { n: number }[] }>('POST', '/counts', { body: { filters: asked }, sending: READ })
      found.push(...answer.counts.map((count) => count.n))
    }
    return found
  }

  /** A record; with `open` also its personal data of those purposes, and the look is logged. */
  record(id: string, options: { open?: string; follow?: FollowToken } = {}): Promise<CaseRecord> {
    // A look that is logged is not to be logged twice by our own impatience.
    const sending = options.open ? ONCE : READ
    return this.plain<CaseRecord>('GET', `/records/${encodeURIComponent(id)}`, { query: { open: options.open }, sending, follow: options.follow })
  }

  offers(id: string, options: { follow?: FollowToken } = {}): Promise<Offers> {
    return this.plain<Offers>('GET', `/records/${encodeURIComponent(id)}/actions`, { sending: READ, follow: options.follow })
  }

  /** What may be done to many records, by their ids; what cannot be seen is left out. */
  async offersOf(ids: readonly string[]): Promise<Map<string, Offers>> {
    const found = new Map<string, Offers>()
    for (let from = 0; from < ids.length; from += ACCEPTS.offers) {
      const answer = await this.plain<{ records: (Offers & { record: string })[] }>('POST', '/offers', { body: { records: ids.slice(from, from + ACCEPTS.offers) }, sending: READ })
      for (const { record, version, actions } of answer.records) found.set(record, { version, actions })
    }
    return found
  }

  async creations(): Promise<Offer[]> {
    return got(await this.client.GET('/api/v1/creations')).actions as unknown as Offer[]
  }

  journal(id: string, options: { after?: number; limit?: number; proof?: boolean; follow?: FollowToken } = {}): Promise<Journal> {
    const { follow, ...query } = options
    return this.plain<Journal>('GET', `/records/${encodeURIComponent(id)}/journal`, { query, sending: READ, follow })
  }

  async looks(id: string): Promise<Look[]> {
    return got(await this.client.GET('/api/v1/records/{id}/looks', { params: { path: { id } } }))
  }

  /**
   * Posts commands: one outcome for each, in order. Where an answer is lost the same ids are sent again, so that nothing
   * happens twice; what then is answered `repeated` was done.
   */
  async post(commands: Command[], options: PostOptions = {}): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    const sending: Sending = { attempts: options.attempts ?? 3, timeoutMs: 30_000, signal: options.signal }
    for (let from = 0; from < commands.length; from += ACCEPTS.commands) {
      const body = { commands: commands.slice(from, from + ACCEPTS.commands) }
      const answer = await this.plain<{ outcomes: Outcome[] }>('POST', '/commands', { body, sending, follow: options.follow })
      outcomes.push(...answer.outcomes)
    }
    return outcomes
  }

  /** Posts one command; a refusal is thrown as a Trouble whose problem points into the command. */
  async send(command: Command, options: PostOptions = {}): Promise<Outcome> {
    const [outcome] = await this.post([command], options)
    if (!outcome) throw new Trouble(problem('no_outcome', 0, {}), 'broken')
    if (outcome.outcome === 'refused') throw new Trouble(outcome.problem ?? problem('refused', 422, {}), 'refused')
    return outcome
  }

  /** The open records that are likely the same thing, the nearest first. */
  async duplicates(ask: LikelyTo, signal?: AbortSignal): Promise<Likely[]> {
    const query = 'record' in ask
      ? { record: ask.record }
      : { kind: ask.kind, lon: ask.place[0], lat: ask.place[1], data: ask.data ? JSON.stringify(ask.data) : undefined }
    return (await this.plain<{ duplicates: Likely[] }>('GET', '/duplicates', { query, sending: { ...READ, signal } })).duplicates
  }

  locate(lon: number, lat: number, signal?: AbortSignal): Promise<Located> {
    return this.plain<Located>('GET', '/locate', { query: { lon, lat }, sending: { ...READ, signal } })
  }

  /**
   * Stores a file; the same bytes again are the same file, so a lost answer is asked for again. Its name stays here: names
   * of files tell about people, and what a file is follows from its bytes.
   */
  async upload(blob: Blob, _name = '', options: UploadOptions = {}): Promise<Stored> {
    const type = blob.type || 'application/octet-stream'
    const plain = { 'Content-Type': type }
    if (options.progress && typeof XMLHttpRequest !== 'undefined' && !this.options.fetch && !this.options.anonymous) {
      const go = (): Promise<Stored> => uploadWithProgress(`${this.base}/api/v1/files`, blob, { ...plain, ...this.headers(options.follow) }, options)
      return this.signedIn(go)
    }
    const request = new Request(`${this.base}/api/v1/files`, { method: 'POST', body: blob, headers: plain })
    const response = await this.fetch(request, { attempts: 3, timeoutMs: 120_000, signal: options.signal }, { follow: options.follow })
    return (await response.json()) as Stored
  }

  /**
   * The address of a file for an image or a link; `key` is what duplicates and progress give to those without an account. A tab of
   * the demo that acts by a token shows it there, since the browser sends no header of ours with an image.
   */
  fileUrl(hash: string, size?: 'thumb', key?: string): string {
    return `${this.base}/api/v1/files/${encodeURIComponent(hash)}${queryOf({ size, key: key ?? this.bearer })}`
  }

  /** How far a report has come, by its number (or its record's id) and the token given with it. */
  follow(number: string, token: string): Promise<Progress> {
    return this.plain<Progress>('GET', `/follow/${encodeURIComponent(number)}`, { query: { token }, sending: READ })
  }

  async tallies(filter: TallyFilter = {}): Promise<Sum[]> {
    return got(await this.client.GET('/api/v1/tallies', { params: { query: { ...filter } } })).tallies
  }

  async map(): Promise<BaseMap> {
    return got(await this.client.GET('/api/v1/map')) as BaseMap
  }

  /** Who may be signed in as; null where this is no demo. */
  async demo(): Promise<DemoTown | null> {
    try {
      return got(await this.client.GET('/api/v1/demo'))
    } catch (error) {
      if (error instanceof Trouble && error.problem.status === 404) return null
      throw error
    }
  }

  /** A page of a past day. */
  async replay(date: string, cursor?: string): Promise<Replay> {
    const query = { date, ...(cursor ? { cursor: Number(cursor) } : {}) }
    const { next, ...page } = got(await this.client.GET('/api/v1/replay', { params: { query } }))
    return { ...(page as Omit<Replay, 'next'>), ...(next == null ? {} : { next: String(next) }) }
  }

  async days(): Promise<DaysWithEntries> {
    return got(await this.client.GET('/api/v1/days'))
  }

  async duty(cell?: string): Promise<Duty> {
    return got(await this.client.GET('/api/v1/duty', { params: { query: cell ? { cell } : {} } }))
  }

  async figures(date?: string, cell?: string): Promise<Figures> {
    return got(await this.client.GET('/api/v1/figures', { params: { query: { ...(date ? { date } : {}), ...(cell ? { cell } : {}) } } }))
  }

  /** What helps to decide on a record. */
  async advice(id: string): Promise<Advice> {
    return adviceOf(got(await this.client.GET('/api/v1/records/{id}/advice', { params: { path: { id } } })))
  }

  async packFiles(pack: string): Promise<PackFiles> {
    const found = got(await this.client.GET('/api/v1/packs/{pack}/files', { params: { path: { pack } } }))
    return { ...found, files: Object.fromEntries(found.files.map(({ name, text }) => [name, text])) }
  }

  /** The faults of a pack's texts, by file name; none where it would load. */
  async checkPack(files: { [name: string]: string }): Promise<PackFault[]> {
    return got(await this.client.POST('/api/v1/packs/check', { body: { files } })).faults
  }
}
