/** One request to the town: with a time limit, repeated where that is safe, and every failure told as a Trouble. */
import { takeAhead } from './ahead'
import type { Problem } from './model'
import { problem, Trouble, type TroubleKind } from './trouble'

/** How requests go out. */
export interface TransportOptions {
  fetch?: typeof fetch
  /** How long one attempt may take. */
  timeoutMs?: number
  /** The pause before attempt 2, 3 … */
  pauseMs?: (attempt: number) => number
}

/** How one request is to be sent. */
export interface Sending {
  /** Attempts at most; more than one only for what may safely be repeated. */
  attempts: number
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

const GATEWAY = new Set([502, 504])

/** Doubling from half a second, with chance, so that a town's phones do not all come back in the same instant. */
export function pause(attempt: number, random: () => number = Math.random): number {
  return Math.min(15_000, 500 * 2 ** (attempt - 2)) * (0.5 + random() / 2)
}

/** Sends a request until there is an answer worth having; a failure after the last attempt is thrown as a Trouble. */
export async function send(request: Request, sending: Sending, options: TransportOptions): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    let trouble: Trouble
    try {
      const response = await once(request.clone(), sending, options)
      if (response.ok || response.status === 304) return response
      trouble = await troubleOf(response)
    } catch (error) {
      if (sending.signal?.aborted) throw error
      trouble = error instanceof Trouble ? error : new Trouble(problem('offline', 0, {}), 'offline')
    }
    if (attempt >= sending.attempts || !isRepeatable(trouble)) throw trouble
    const wait = Math.max((options.pauseMs ?? pause)(attempt + 1), 1000 * Math.min(trouble.problem.retry_after ?? 0, 10))
    await rest(wait, sending.signal)
  }
}

async function once(request: Request, sending: Sending, options: TransportOptions): Promise<Response> {
  const control = new AbortController()
  const limit = setTimeout(() => control.abort(), sending.timeoutMs ?? options.timeoutMs ?? 20_000)
  const stop = (): void => control.abort()
  sending.signal?.addEventListener('abort', stop)
  if (sending.signal?.aborted) control.abort()
  try {
    const response = (await takeAhead(request)) ?? (await (options.fetch ?? fetch)(request, { signal: control.signal }))
    // The body counts too: an answer that breaks off half-way is no answer.
    const body = response.status === 204 || response.status === 304 ? null : await response.arrayBuffer()
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers })
  } finally {
    clearTimeout(limit)
    sending.signal?.removeEventListener('abort', stop)
  }
}

/** What may have been lost on the way, or what the server itself says to send again. */
function isRepeatable(trouble: Trouble): boolean {
  const { code, status } = trouble.problem
  return trouble.offline || GATEWAY.has(status) || ['stopping', 'request_timeout', 'body_cut_off', 'internal'].includes(code)
}

/** A failed answer as a Trouble; an answer that is no problem of ours (a proxy's page) by its status. */
export async function troubleOf(response: Response): Promise<Trouble> {
  const found = isProblem(await response.json().catch(() => undefined))
  const told = found ?? problem(`http_${response.status}`, response.status, {})
  const after = Number(response.headers.get('retry-after'))
  if (told.retry_after == null && after > 0) told.retry_after = after
  // A gateway's own failure means that the town was not reached.
  const kind = !found && (GATEWAY.has(response.status) || response.status === 503) ? 'offline' : kindOf(told)
  return new Trouble(told, kind)
}

/** What a problem means for whoever asked. */
export function kindOf(told: Problem): TroubleKind {
  if (told.status === 401 && told.code !== 'wrong_password' && told.code !== 'bad_follow') return 'signed_out'
  if (told.status === 429 || told.status === 503 || told.status === 507 || told.status === 408) return 'busy'
  if (told.status >= 500) return 'broken'
  return 'refused'
}

function isProblem(value: unknown): Problem | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { code, status, text } = value as Partial<Problem>
  return typeof code === 'string' && typeof status === 'number' && typeof text === 'object' ? (value as Problem) : undefined
}

/** Waits, or throws what the signal was aborted with. */
export function rest(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer)
      reject(signal?.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', fail)
      resolve()
    }, ms)
    if (signal?.aborted) fail()
    signal?.addEventListener('abort', fail, { once: true })
  })
}

/** What follows an address: its parameters, those without a value left out. */
export function queryOf(query: Record<string, string | number | boolean | undefined>): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return parts.length === 0 ? '' : `?${new URLSearchParams(parts.map(([name, value]) => [name, String(value)]))}`
}
