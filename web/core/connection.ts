import createClient, { type Client } from 'openapi-fetch'
import type { paths } from '@api/schema'
import type { ApiOptions, FollowToken, Plain } from './asking'
import type { Instant } from './model'
import type { Lang } from './text'
import { queryOf, send, troubleOf, type Sending } from './transport'
import { problem, Trouble } from './trouble'

/** What asks by POST and changes nothing. */
const ASKS = /\/packs\/check$/
/** For what may happen once only. */
export const ONCE: Sending = { attempts: 1 }
/** For what changes nothing, or nothing twice. */
export const READ: Sending = { attempts: 3 }

/** How the town is reached: who asks, in which language, and what happens when a session has ended. */
export class Connection {
  /** The language of answers. */
  lang: Lang
  /** Asked when a session ended, once for all requests that wait: true means signed in again, and they are repeated. */
  onSignedOut: (() => Promise<boolean>) | undefined
  /** Told of the server's clock by answers that say it: its time and how long the question took. */
  onTime: ((time: Instant, tookMs: number) => void) | undefined
  /** The bearer token by which it acts; then no cookie goes along. */
  bearer: string | undefined
  /**
   * The person whom the page takes itself to act for. Every request names them, so that a session which ran out, or became
   * another's in another tab, is refused instead of acted upon as somebody else.
   */
  as: string | undefined
  protected readonly client: Client<paths>
  protected readonly base: string
  private asking: Promise<boolean> | undefined
  private timesAsked = 0

  /** Whether the page is going away: what is sent from then on is to arrive all the same. */
  leaving = false

  constructor(readonly options: ApiOptions = {}) {
    this.lang = options.lang ?? 'zh'
    this.bearer = options.bearer
    this.base = options.base ?? (typeof location === 'undefined' ? '' : location.origin)
    this.client = createClient<paths>({ baseUrl: this.base, fetch: (request) => this.fetch(request, request.method === 'GET' || ASKS.test(request.url) ? READ : ONCE) })
  }

  /** Opens the live stream; its answer is read as it comes. Throws a Trouble where it is not given. */
  async stream(since: number | undefined, signal: AbortSignal): Promise<Response> {
    const request = this.dressed(new Request(`${this.base}/api/v1/live${queryOf({ since })}`, { headers: { Accept: 'text/event-stream' } }))
    const response = await (this.options.fetch ?? fetch)(request, { signal, cache: 'no-store' })
    if (response.ok && response.body) return response
    throw await troubleOf(response)
  }

  protected get credentials(): RequestCredentials {
    return this.options.anonymous || this.bearer ? 'omit' : 'same-origin'
  }

  /** What every request says: who asks, in which language, for whom. */
  protected headers(follow?: FollowToken): Record<string, string> {
    return {
      'Gewang-Client': 'web',
      'Accept-Language': this.lang === 'zh' ? 'zh-CN' : 'en',
      ...(this.bearer ? { Authorization: `Bearer ${this.bearer}` } : {}),
      ...(follow ? { 'Gewang-Follow': `${follow.record}:${follow.token}` } : this.as ? { 'Gewang-As': this.as } : {}),
    }
  }

  /** Where a path of the API is. */
  address(path: string): string {
    return `${this.base}/api/v1${path}`
  }

  /** A request in JSON; for the API's methods, also those that stand in files of their own. */
  async plain<T>(method: string, path: string, how: Plain = {}): Promise<T> {
    const headers: Record<string, string> = how.body === undefined ? {} : { 'Content-Type': 'application/json' }
    const request = new Request(`${this.address(path)}${queryOf(how.query ?? {})}`, {
      method, headers, ...(how.body === undefined ? {} : { body: JSON.stringify(how.body) }),
    })
    const response = await this.fetch(request, how.sending ?? ONCE, how)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  /** A request as it is, sent as whoever is signed in. */
  fetch(request: Request, sending: Sending, how: Pick<Plain, 'quiet' | 'follow' | 'anybody'> = {}): Promise<Response> {
    // Dressed at each attempt: who signed in again may act by another token.
    const go = (): Promise<Response> => send(this.dressed(request, how), sending, this.options)
    return how.quiet ? go() : this.signedIn(go)
  }

  private dressed(request: Request, how: Pick<Plain, 'follow' | 'anybody'> = {}): Request {
    const dressed = new Request(request.clone(), { credentials: this.credentials, ...(this.leaving ? { keepalive: true } : {}) })
    for (const [name, value] of Object.entries(this.headers(how.follow))) dressed.headers.set(name, value)
    if (how.anybody) dressed.headers.delete('Gewang-As')
    return dressed
  }

  /** Does it; where the session has ended it asks to sign in again and does it once more. */
  protected async signedIn<T>(go: () => Promise<T>): Promise<T> {
    const times = this.timesAsked
    try {
      return await go()
    } catch (error) {
      if (!(error instanceof Trouble) || error.kind !== 'signed_out' || !this.onSignedOut) throw error
      // What was sent before somebody signed in again, and answered after, need not ask once more.
      if (this.asking || times === this.timesAsked) {
        this.asking ??= this.onSignedOut().finally(() => (this.asking = undefined))
        if (!(await this.asking)) throw error
        this.timesAsked++
      }
      return go()
    }
  }
}

/** The answer of the generated client, whose failures were thrown on the way. */
export function got<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Trouble(problem('no_answer', 0, {}), 'broken')
  return answer.data
}
