// Somebody of the demo who posts many commands at once, with a bearer token as any other program has.
import { PNG, uuid7 } from '../e2e/client.ts'
import type { Server } from '../e2e/server.ts'

type Data = Record<string, string | string[]>
export interface Wish { record: string; action: string; place?: [number, number]; data: Data }
export interface Done { record: string; seq: number }

const MOST = 500

export class Poster {
  private constructor(private readonly town: Server, readonly token: string) {}

  static async as(town: Server, name: string): Promise<Poster> {
    const headers = { 'content-type': 'application/json', 'gewang-client': 'bench' }
    const session = await fetch(`${town.direct}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ name, password: town.password(name) }) })
    const cookie = session.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
    const made = await fetch(`${town.direct}/api/v1/tokens`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ name: `bench ${uuid7()}` }) })
    if (!made.ok) throw new Error(`${name} gets no token: ${await made.text()}`)
    return new Poster(town, ((await made.json()) as { token: string }).token)
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.town.direct}/api/v1${path}`, { headers: this.headers() })
    if (!answer.ok) throw new Error(`GET ${path}: ${await answer.text()}`)
    return (await answer.json()) as T
  }

  /** Whether a question has an answer. */
  async answers(path: string): Promise<boolean> {
    const answer = await fetch(`${this.town.direct}/api/v1${path}`, { headers: this.headers() })
    await answer.arrayBuffer()
    return answer.ok
  }

  /** Does all of it; a refusal of any ends the bench. */
  async post(wishes: readonly Wish[]): Promise<Done[]> {
    const done: Done[] = []
    for (let from = 0; from < wishes.length; from += MOST) {
      const commands = wishes.slice(from, from + MOST).map((wish) => ({ id: uuid7(), at: new Date().toISOString(), kind: 'governance.matter', ...wish }))
      const answer = await fetch(`${this.town.direct}/api/v1/commands`, { method: 'POST', headers: this.headers(), body: JSON.stringify({ commands }) })
      const said = (await answer.json()) as { outcomes?: (Done & { outcome: string; problem?: { detail: string } })[]; detail?: string }
      if (!said.outcomes) throw new Error(`POST /commands: ${answer.status} ${said.detail ?? ''}`)
      for (const [at, one] of said.outcomes.entries()) {
        if (one.outcome !== 'done') throw new Error(`${commands[at]?.action}: ${one.outcome} ${one.problem?.detail ?? ''}`)
        done.push({ record: one.record, seq: one.seq })
      }
    }
    return done
  }

  async photo(): Promise<string> {
    const answer = await fetch(`${this.town.direct}/api/v1/files`, { method: 'POST', headers: { ...this.headers(), 'content-type': 'image/png' }, body: PNG })
    return ((await answer.json()) as { hash: string }).hash
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }
  }
}

const PHRASES = ['路边堆放着建筑料', '井盖松动有异响声', '沿街商铺占道经营', '河面漂着生活垃圾', '垃圾桶满了没人收', '雨后此处积水很深', '路灯已经三天不亮', '墙上贴满了小广告']
const CATEGORIES = ['litter', 'dirty_road', 'street_vending', 'manhole', 'streetlight', 'sewage', 'noise', 'illegal_parking']

/** The n-th report of a bench, somewhere at `places`. */
export function report(n: number, places: readonly [number, number][], category = CATEGORIES[n % CATEGORIES.length] ?? 'litter', severity = n % 9 === 0 ? 'serious' : 'normal'): Wish {
  const place = places[(n * 7919) % places.length]
  if (!place) throw new Error('a report stands somewhere')
  const summary = `${PHRASES[n % PHRASES.length]}，${PHRASES[(n * 5 + 3) % PHRASES.length]}`
  return { record: uuid7(), action: 'report', place, data: { category, severity, summary, details: PHRASES.join('，') } }
}

/** Some hundred steps from a cell's name, in degrees. */
const BESIDE: readonly [number, number][] = [[0, 0], [0.0011, 0.0004], [-0.0009, 0.0008], [0.0005, -0.0012], [-0.0013, -0.0005], [0.0002, 0.0015], [0.0016, -0.0007]]

/** Places inside the town: those of its cells' names and some around each. */
export async function placesOf(poster: Poster): Promise<[number, number][]> {
  const { cells } = await poster.get<{ cells: { leaf: boolean; label: [number, number] }[] }>('/cells')
  const found: [number, number][] = []
  for (const { label } of cells.filter((cell) => cell.leaf)) {
    const near = BESIDE.map(([east, north]): [number, number] => [label[0] + east, label[1] + north])
    const inside = await Promise.all(near.map(([lon, lat]) => poster.answers(`/locate?lon=${lon}&lat=${lat}`)))
    found.push(...near.filter((_, at) => inside[at]))
  }
  return found
}
