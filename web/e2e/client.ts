// Does by the API what a spec needs done without a screen: signs in, posts commands, reads what came of them.
import { randomBytes } from 'node:crypto'
import type { BrowserContext } from '@playwright/test'
import type { Server } from './server.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
/** What a command says beside its ids. */
export interface Wish { kind?: string; record?: string; action: string; place?: [number, number]; data?: { [field: string]: Json }; version?: number }
/** What became of it. */
export interface Done { outcome: string; record: string; number?: string; state?: string; version?: number; follow?: { number?: string; token: string }; problem?: { code: string; detail: string } }

/** A UUIDv7, as every client makes them. */
export function uuid7(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** A place in Penggan 03, the worker's cell. */
export const PLACE: [number, number] = [119.985, 31.4153]

/** Somebody of the demo, by the API; without a name a resident. */
export class Client {
  private cookie = ''

  constructor(
    private readonly server: Server,
    private readonly follow?: { record: string; token: string },
  ) {}

  static async as(server: Server, name: string): Promise<Client> {
    const client = new Client(server)
    const answer = await fetch(`${server.direct}/api/v1/session`, { method: 'POST', headers: client.headers(), body: JSON.stringify({ name, password: server.password(name) }) })
    if (!answer.ok) throw new Error(`${name} cannot sign in: ${await answer.text()}`)
    client.cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
    return client
  }

  private headers(): Record<string, string> {
    return {
      'content-type': 'application/json',
      'gewang-client': 'e2e',
      ...(this.cookie ? { cookie: this.cookie } : {}),
      ...(this.follow ? { 'gewang-follow': `${this.follow.record}:${this.follow.token}` } : {}),
    }
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.server.direct}/api/v1${path}`, { headers: this.headers() })
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  /** Does one thing; throws with the server's words where it is refused. */
  async command(wish: Wish): Promise<Done> {
    const command = { id: uuid7(), at: new Date().toISOString(), kind: 'governance.matter', record: uuid7(), data: {}, ...wish }
    const answer = await fetch(`${this.server.direct}/api/v1/commands`, { method: 'POST', headers: this.headers(), body: JSON.stringify({ commands: [command] }) })
    const said = (await answer.json()) as { outcomes?: Done[]; detail?: string }
    const done = said.outcomes?.[0]
    if (!done || done.outcome === 'refused') throw new Error(`${wish.action}: ${done?.problem?.code ?? answer.status} ${done?.problem?.detail ?? said.detail ?? ''}`)
    return done
  }

  /** Stores a photo made on the spot and answers its hash. */
  async photo(): Promise<string> {
    const { 'content-type': _, ...headers } = this.headers()
    const answer = await fetch(`${this.server.direct}/api/v1/files`, { method: 'POST', headers: { ...headers, 'content-type': 'image/png' }, body: PNG })
    if (!answer.ok) throw new Error(`photo: ${await answer.text()}`)
    return ((await answer.json()) as { hash: string }).hash
  }
}

/** A small grey picture. */
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAAAD0lEQVR42mOYhgYYRrYAALWxlgHPt3aSAAAAAElFTkSuQmCC', 'base64')

/** Signs a browser in as somebody of the demo. */
export async function signIn(context: BrowserContext, server: Server, name: string): Promise<void> {
  const answer = await context.request.post(`${server.url}/api/v1/session`, {
    headers: { 'gewang-client': 'e2e' },
    data: { name, password: server.password(name) },
  })
  if (!answer.ok()) throw new Error(`${name} cannot sign in: ${await answer.text()}`)
}

/** Takes a report through the whole flow up to `until`, each step by whom it belongs to. */
export async function carry(server: Server, report: Done, until: 'registered' | 'handling' | 'reviewing' | 'handled' | 'verified' | 'closed'): Promise<void> {
  const { record } = report
  const steps: [string, string, () => Promise<{ [field: string]: Json }>][] = [
    ['registered', 'dispatcher/register', async () => ({})],
    ['handling', 'dispatcher/dispatch', async () => ({})],
    ['reviewing', 'clerk/finish', async () => ({ result: '已清理干净', after_photos: [await (await Client.as(server, 'clerk')).photo()] })],
    ['handled', 'head/report_back', async () => ({})],
    ['verified', 'verifier/verify', async () => ({ verification: '现场已干净' })],
    ['closed', 'dispatcher/close', async () => ({})],
  ]
  for (const [state, by, data] of steps) {
    const [name = '', action = ''] = by.split('/')
    await (await Client.as(server, name)).command({ record, action, data: await data() })
    if (state === until) return
  }
}
