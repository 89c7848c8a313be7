// Stands between browsers and the binary: a line that can be cut, and the place from which surfaces are served that the binary
// was built without, at the addresses where it has them.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { type IncomingMessage, type Server as HttpServer, type ServerResponse, createServer, request } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
const SURFACES = new Set(['public', 'field', 'desk', 'wall'])
const MEDIA: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

export class Gateway {
  private readonly http: HttpServer
  private isCut = false

  /** Before the binary at `api`; with `serves` the surfaces come from what was built last. */
  constructor(
    private readonly api: string,
    private readonly serves: boolean,
  ) {
    this.http = createServer((asked, answer) => {
      const path = new URL(asked.url ?? '/', 'http://town').pathname
      if (this.isCut) answer.destroy()
      else if (!this.serves || path.startsWith('/api/')) this.pass(asked, answer)
      else serve(path, asked, answer)
    })
  }

  start(port: number): Promise<string> {
    return new Promise((resolve) => this.http.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${port}`)))
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.http.close(() => resolve())
      this.http.closeAllConnections()
    })
  }

  /** Nothing gets through any more, and what was on its way is lost. */
  cut(): void {
    this.isCut = true
    this.http.closeAllConnections()
  }

  mend(): void {
    this.isCut = false
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const to = new URL(asked.url ?? '/', this.api)
    const headers = { ...asked.headers }
    // The page comes from this address and the API from another: what the browser says of it must still match.
    if (headers.origin) headers.origin = this.api
    headers.host = to.host
    const passed = request(to, { method: asked.method ?? 'GET', headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
      got.on('error', () => answer.destroy())
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  }
}

const PACKED = new Map<string, Buffer>()

/** A file made small as the binary has it, once; not quite as small, for that takes seconds. */
function packed(file: string): Buffer {
  const key = `${file} ${statSync(file).mtimeMs}`
  const found = PACKED.get(key) ?? brotliCompressSync(readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
  PACKED.set(key, found)
  return found
}

function serve(path: string, asked: IncomingMessage, answer: ServerResponse): void {
  const [first = '', ...rest] = normalize(path).split('/').filter(Boolean)
  const surface = SURFACES.has(first) ? first : 'home'
  const below = SURFACES.has(first) ? rest.join('/') : [first, ...rest].filter(Boolean).join('/')
  const wanted = join(DIST, surface, below)
  const isFile = below !== '' && existsSync(wanted) && statSync(wanted).isFile()
  const file = isFile ? wanted : join(DIST, surface, 'index.html')
  if (!existsSync(file) || (!isFile && below.startsWith('assets/'))) {
    answer.writeHead(404).end()
    return
  }
  const headers: Record<string, string> = {
    'content-type': MEDIA[extname(file)] ?? 'application/octet-stream',
    'cache-control': isFile && /assets\//.test(below) ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
  if (/br/.test(asked.headers['accept-encoding'] ?? '') && /\.(js|css|html|json|svg)$/.test(file)) {
    answer.writeHead(200, { ...headers, 'content-encoding': 'br' }).end(packed(file))
    return
  }
  answer.writeHead(200, headers)
  createReadStream(file).pipe(answer)
}
