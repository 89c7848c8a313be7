/**
 * The service worker of field: the page opens without network, and what was read last is there. Nothing that changes the
 * town passes through it: the outbox sends, and this worker only ever answers GET.
 */
declare global {
  interface Window {
    __WB_MANIFEST: { url: string; revision: string | null }[]
  }
}

/** As much of a worker's scope as is used here; the page's own types know none of it. */
interface Lasting extends Event {
  waitUntil: (done: Promise<unknown>) => void
}
interface Fetching extends Event {
  request: Request
  respondWith: (answer: Promise<Response>) => void
}
interface Scope {
  registration: { scope: string }
  clients: { claim: () => Promise<void> }
  skipWaiting: () => Promise<void>
  addEventListener: ((type: 'install' | 'activate', hear: (event: Lasting) => void) => void) & ((type: 'fetch', hear: (event: Fetching) => void) => void)
}

const worker = globalThis as unknown as Scope
const files = self.__WB_MANIFEST
const SHELL = `gewang-shell-${stamp(files.map((file) => `${file.url} ${file.revision ?? ''}`).join('\n'))}`
const INDEX = 'index.html'
const READ = 'gewang-read-1'
/** Patience for an answer that may also come from what was kept. */
const PATIENCE_MS = 4000
const MOST_KEPT = 400
/** By its name alone: whether it is asked for as a module or as a style sheet, it is the same file. */
const SAME_NAME = { ignoreSearch: true, ignoreVary: true }
/** Every answer kept here says all it says in both languages. */
const ANY_LANGUAGE = { ignoreVary: true }
/** What the page keeps itself, what lasts as long as it is open, and what must never be old. */
const NEVER = /\/api\/v1\/(live|records|status|commands|follow|duplicates|tallies|demo|journal)/
/** Named by their content: once read they stay true. */
const ETERNAL = /\/api\/v1\/(files|tiles)\//

worker.addEventListener('install', (event) => {
  event.waitUntil(install().then(() => worker.skipWaiting()))
})

async function install(): Promise<void> {
  const cache = await caches.open(SHELL)
  const others = files.filter((file) => file.url !== INDEX)
  await Promise.all([cache.addAll(others.map((file) => new Request(file.url, { cache: 'reload' }))), keepShell(cache)])
}

/** The page under one name. It is put together anew: an answer that was redirected may not be given to a navigation. */
async function keepShell(cache: Cache): Promise<void> {
  const answer = await fetch(worker.registration.scope, { cache: 'reload' })
  if (!answer.ok) throw new Error(`the page answered ${answer.status}`)
  await cache.put(INDEX, new Response(await answer.blob(), { headers: answer.headers }))
}

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith('gewang-shell-') && name !== SHELL).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  )
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (request.mode === 'navigate') event.respondWith(shell())
  else if (ETERNAL.test(url.pathname)) event.respondWith(keptFirst(request))
  else if (url.pathname.startsWith('/api/')) {
    if (!NEVER.test(url.pathname)) event.respondWith(freshFirst(request))
  } else event.respondWith(caches.match(request, SAME_NAME).then((kept) => kept ?? fetch(request)))
})

async function shell(): Promise<Response> {
  return (await caches.match(INDEX)) ?? fetch(worker.registration.scope)
}

async function keptFirst(request: Request): Promise<Response> {
  const kept = await caches.match(request, ANY_LANGUAGE)
  if (kept) return kept
  const answer = await fetch(request)
  await keep(request, answer)
  return answer
}

async function freshFirst(request: Request): Promise<Response> {
  const fresh = fetch(request).then(async (answer) => {
    await keep(request, answer)
    return answer
  })
  const kept = await caches.match(request, ANY_LANGUAGE)
  if (!kept) return fresh
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS))
  return Promise.race([fresh.catch(() => kept), late])
}

async function keep(request: Request, answer: Response): Promise<void> {
  // Who is not signed in is no answer to keep, and neither is trouble.
  if (answer.status !== 200) return
  const cache = await caches.open(READ)
  await cache.put(request, answer.clone())
  const keys = await cache.keys()
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_KEPT)).map((key) => cache.delete(key)))
}

/** A short mark of a text: a new build has a shell of its own. */
function stamp(text: string): string {
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return (sum >>> 0).toString(16)
}

export {}
