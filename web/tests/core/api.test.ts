// @vitest-environment node
import { expect, test, vi } from 'vitest'
import { Api, Trouble, type ApiOptions } from '@core/api'
import { command } from '@core/command'

type Answer = Response | Error | ((request: Request) => Response | Promise<Response>)

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
const problem = (status: number, code: string, more: object = {}): Response =>
  json({ type: 'about:blank', title: code, status, code, detail: code, text: { zh: code, en: code }, ...more }, status)
const lost = (): Error => new TypeError('Failed to fetch')

/** An API before a network that answers in this order, and what it asked. */
function town(answers: Answer[], options: ApiOptions = {}): { api: Api; asked: Request[]; bodies: string[] } {
  const [asked, bodies]: [Request[], string[]] = [[], []]
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    asked.push(request)
    bodies.push(await request.clone().text())
    const answer = answers.shift()
    if (answer === undefined) throw new Error(`not expected: ${request.url}`)
    if (answer instanceof Error) throw answer
    return answer instanceof Response ? answer : answer(request)
  }
  return { api: new Api({ base: 'http://town.test', lang: 'en', fetch, pauseMs: () => 0, ...options }), asked, bodies }
}

async function trouble(doing: Promise<unknown>): Promise<Trouble> {
  const error: unknown = await doing.then(() => undefined, (error: unknown) => error)
  expect(error).toBeInstanceOf(Trouble)
  return error as Trouble
}

const report = command({ kind: 'governance.matter', action: 'report', data: { summary: 'x' } })
const done = { outcomes: [{ id: report.id, outcome: 'done', number: 'SJ-1' }] }

test('requests say who asks and in which language, and carry parameters', async () => {
  const { api, asked } = town([json({ records: [], next: null }), json({ units: [] })])
  await api.records({ kind: 'a.b', late: true, limit: 5 })
  await api.units()
  expect(asked[0]?.url).toBe('http://town.test/api/v1/records?kind=a.b&late=true&limit=5')
  for (const request of asked) {
    expect(request.headers.get('gewang-client')).toBe('web')
    expect(request.headers.get('accept-language')).toBe('en')
    expect(request.credentials).toBe('same-origin')
  }
  expect(api.fileUrl('abc', 'thumb', 'k&y')).toBe('http://town.test/api/v1/files/abc?size=thumb&key=k%26y')
})

test('by a bearer token no cookie goes along, and pictures are asked for by it', async () => {
  const { api, asked } = town([json({ records: [], next: null }), json({ units: [] }), new Response('', { status: 200 })], { bearer: 'demo_x' })
  await api.records()
  await api.units()
  await api.stream(7, new AbortController().signal)
  for (const request of asked) {
    expect(request.headers.get('authorization')).toBe('Bearer demo_x')
    expect(request.credentials).toBe('omit')
  }
  expect(api.fileUrl('abc', 'thumb')).toBe('http://town.test/api/v1/files/abc?size=thumb&key=demo_x')
})

test('every request names whom the page acts for, but not whoever asks who is signed in or follows a report', async () => {
  const { api, asked } = town([json({ units: [] }), json(done), new Response('', { status: 200 }), problem(401, 'sign_in'), json({}), json(done), problem(401, 'session.ended')])
  api.as = 'person-1'
  await api.units()
  await api.post([report])
  await api.stream(7, new AbortController().signal)
  for (const request of asked) expect(request.headers.get('gewang-as'), request.url).toBe('person-1')
  expect(await api.session()).toBeNull()
  await api.signIn('a', 'b')
  await api.post([report], { follow: { record: 'r', token: 't' } })
  for (const request of asked.slice(3)) expect(request.headers.has('gewang-as'), request.url).toBe(false)
  await api.signOut()
})

test('signed in again it acts by the fresh token', async () => {
  const { api, asked } = town([problem(401, 'bad_token'), json({ units: [] })], { bearer: 'old' })
  api.onSignedOut = () => Promise.resolve(((api.bearer = 'fresh'), true))
  await api.units()
  expect(asked.map((request) => request.headers.get('authorization'))).toEqual(['Bearer old', 'Bearer fresh'])
})

test('a lost answer is asked for again with the same ids', async () => {
  const { api, bodies } = town([lost(), problem(503, 'stopping', { retry_after: 0 }), json(done)])
  expect(await api.post([report])).toEqual(done.outcomes)
  expect(new Set(bodies).size).toBe(1)
  expect(JSON.parse(bodies[0] ?? '')).toEqual({ commands: [report] })
})

test('offline, refused, busy and broken are told apart, and nothing is repeated that would not help', async () => {
  const check = async (answers: Answer[], kind: string, asks: number): Promise<void> => {
    const { api, asked } = town(answers)
    const found = await trouble(api.post([report]))
    expect([found.kind, found.offline, asked.length], kind).toEqual([kind, kind === 'offline', asks])
  }
  await check([lost(), lost(), lost()], 'offline', 3)
  await check([new Response('<html>', { status: 502 }), new Response('', { status: 504 }), new Response('', { status: 502 })], 'offline', 3)
  await check([problem(507, 'disk_full')], 'busy', 1)
  await check([problem(503, 'journal_broken')], 'busy', 1)
  await check([problem(429, 'too_many_reports', { retry_after: 60 })], 'busy', 1)
  await check([problem(500, 'internal'), problem(500, 'internal'), problem(500, 'internal')], 'broken', 3)
  await check([problem(413, 'body_too_large')], 'refused', 1)
  await check([problem(401, 'sign_in')], 'signed_out', 1)
  const { api } = town([problem(401, 'wrong_password')])
  expect((await trouble(api.signIn('a', 'b'))).kind).toBe('refused')
})

test('a sign-in is tried once only, whatever happens', async () => {
  const { api, asked } = town([lost()])
  expect((await trouble(api.signIn('a', 'b'))).offline).toBe(true)
  expect(asked.length).toBe(1)
})

test('an answer that takes too long or breaks off is no answer', async () => {
  const never = (): Response => new Response(new ReadableStream({ start: (to) => to.enqueue(new Uint8Array([123])) }), { status: 200 })
  const hang = vi.fn((_: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const response = never()
    const body = response.body as ReadableStream<Uint8Array>
    const reader = body.getReader()
    init?.signal?.addEventListener('abort', () => void reader.cancel())
    return new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))))
  })
  const api = new Api({ base: 'http://town.test', fetch: hang, timeoutMs: 10, pauseMs: () => 0 })
  expect((await trouble(api.status())).offline).toBe(true)
  expect(hang).toHaveBeenCalledTimes(3)
})

test('a refused command alone is thrown with its pointer; among others it is an outcome', async () => {
  const refused = { outcome: 'refused', id: report.id, problem: { code: 'required', status: 422, pointer: '/data/summary', detail: '', title: '', type: '', text: {} } }
  const { api } = town([json({ outcomes: [refused] }), json({ outcomes: [refused] })])
  const found = await trouble(api.send(report))
  expect([found.kind, found.problem.pointer]).toEqual(['refused', '/data/summary'])
  expect((await api.post([report]))[0]?.outcome).toBe('refused')
})

test('more than 500 commands go in several requests, in order', async () => {
  const many = Array.from({ length: 1001 }, () => command({ kind: 'k.k', action: 'a' }))
  const answer = (request: Request): Promise<Response> =>
    request.json().then((body: { commands: { id: string }[] }) => json({ outcomes: body.commands.map(({ id }) => ({ id, outcome: 'done' })) }))
  const { api, asked } = town([answer, answer, answer])
  expect((await api.post(many)).map((outcome) => outcome.id)).toEqual(many.map(({ id }) => id))
  expect(asked.length).toBe(3)
})

test('a session that ended is asked for once for all that wait, and they go on', async () => {
  let isSignedIn = false
  let asks = 0
  const commands: string[] = []
  const answer = async (request: Request): Promise<Response> => {
    if (request.method === 'POST') commands.push(await request.text())
    const isOld = !isSignedIn
    // The slowest answer of the old session comes when the new one has begun.
    if (request.url.endsWith('/cells')) await vi.waitFor(() => expect(isSignedIn).toBe(true))
    return isOld ? problem(401, 'signed_out') : json({ ...done, units: [], cells: [] })
  }
  const { api } = town(Array.from({ length: 6 }, () => answer))
  api.onSignedOut = async () => {
    asks++
    await new Promise((resolve) => setTimeout(resolve, 5))
    return (isSignedIn = true)
  }
  const [outcomes, units] = await Promise.all([api.post([report]), api.units(), api.cells()])
  expect([outcomes[0]?.outcome, units, asks]).toEqual(['done', [], 1])
  expect([commands.length, new Set(commands).size]).toEqual([2, 1])
})

test('who does not sign in again gets the trouble; nobody signed in is no trouble', async () => {
  const { api } = town([problem(401, 'signed_out'), problem(401, 'sign_in'), problem(404, 'no_such_path')])
  api.onSignedOut = () => Promise.resolve(false)
  expect((await trouble(api.units())).kind).toBe('signed_out')
  expect(await api.session()).toBeNull()
  expect(await api.demo()).toBeNull()
})

test('the public’s own pages act for the public, and a follower as the reporter', async () => {
  const { api, asked } = town([json(done), json({ status: 'x' })], { anonymous: true })
  await api.post([report], { follow: { record: 'r', token: 't' } })
  expect(asked[0]?.credentials).toBe('omit')
  expect(asked[0]?.headers.get('gewang-follow')).toBe('r:t')
})

test('all pages of a list, up to a limit', async () => {
  const page = (from: number, next: string | null): Response => json({ records: [{ id: from }, { id: from + 1 }], next })
  const { api, asked } = town([page(0, 'a'), page(2, null), page(0, 'a'), page(2, 'b')])
  expect((await api.allRecords({ open: true })).map(({ id }) => id)).toEqual([0, 1, 2, 3])
  expect(asked[1]?.url).toContain('cursor=a')
  expect((await api.allRecords({}, 3)).length).toBe(3)
})

test('a file is stored as it is, without its name', async () => {
  const { api, asked, bodies } = town([lost(), json({ hash: 'h', media: 'image/jpeg', bytes: 3 }, 201)])
  expect((await api.upload(new Blob(['abc'], { type: 'image/jpeg' }), 'Wang’s house.jpg')).hash).toBe('h')
  expect([asked[1]?.headers.get('content-type'), bodies[1], asked[1]?.url]).toEqual(['image/jpeg', 'abc', 'http://town.test/api/v1/files'])
})

test('a caller that gives up hears its own abort', async () => {
  const control = new AbortController()
  const { api } = town([() => (control.abort(), Promise.reject(new DOMException('', 'AbortError')))])
  await expect(api.records({}, control.signal)).rejects.toMatchObject({ name: 'AbortError' })
})

test('a look at personal data is asked for once only', async () => {
  const { api, asked } = town([lost()])
  await trouble(api.record('r', { open: 'contact' }))
  expect([asked.length, asked[0]?.url]).toEqual([1, 'http://town.test/api/v1/records/r?open=contact'])
})

test('words of a trouble: the server’s, or the catalogue’s where it said none', async () => {
  const { api } = town([problem(422, 'bad_place'), lost(), lost(), lost()])
  const t = (key: string): string => `[${key}]`
  expect((await trouble(api.locate(1, 2))).words('zh', t)).toBe('bad_place')
  const offline = await trouble(api.locate(1, 2))
  expect([offline.words('zh', t), offline.passing]).toEqual(['[core.trouble.offline]', true])
})
