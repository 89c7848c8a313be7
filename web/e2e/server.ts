// A town of its own for a spec: the real binary on a free port, with the surfaces it serves.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Gateway } from './gateway.ts'

/** What the demo prints when it is ready. */
interface Ready { url: string; accounts: { name: string; password: string; posts: string[] }[] }

function binary(): string {
  const named = process.env['GEWANG_BIN']
  if (named) return named
  const root = process.env['CARGO_TARGET_DIR'] ?? fileURLToPath(new URL('../../target', import.meta.url))
  // `make test` has built the debug one just now; a release one may be of yesterday.
  const found = ['debug', 'release'].map((profile) => join(root, profile, 'gewang')).find((path) => existsSync(path))
  if (!found) throw new Error('no gewang binary: build one, or name it in GEWANG_BIN')
  return found
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** How a town is founded: with so many past days, and so many minutes of a working day in one. */
export interface Founding { history?: number; simulator?: number }

/** The demo town. Without a simulator only what a spec does happens in it, and without past days it is there at once. */
export class Server {
  /** Where browsers find the surfaces and the API. */
  url = ''
  /** Where the binary itself is, also while the line is cut. */
  direct = ''
  accounts: Ready['accounts'] = []
  private child: ChildProcess | undefined
  private line: Gateway | undefined
  private folder = ''
  private port = 0

  constructor(private readonly founding: Founding = {}) {}

  async start(): Promise<void> {
    // A town that runs already, for a quick look while something is made; it cannot be restarted from here.
    const running = process.env['GEWANG_URL']
    if (running) {
      this.url = this.direct = running
      this.accounts = ((await (await fetch(`${running}/api/v1/demo`)).json()) as Ready).accounts
      return
    }
    this.folder = await mkdtemp(join(tmpdir(), 'gewang-e2e-'))
    this.port = await freePort()
    const ready = await this.run()
    this.accounts = ready.accounts
    this.direct = ready.url
    // The line before the binary serves what `node build.mjs` made where the binary was built without the web, and where
    // GEWANG_DIST=1 asks for what was built since the binary was.
    const serves = process.env['GEWANG_DIST'] === '1' || !(await servesWeb(ready.url))
    this.line = new Gateway(ready.url, serves)
    this.url = await this.line.start(await freePort())
  }

  /** Cuts the line to the browsers; the town itself goes on. */
  cut(): void {
    if (!this.line) throw new Error('the line to a town named by GEWANG_URL is not ours to cut')
    this.line.cut()
  }

  mend(): void {
    this.line?.mend()
  }

  /** The same town again after a pause, on the same address: what an open page must survive. */
  async restart(whileAway: () => Promise<void> = async () => undefined): Promise<void> {
    if (!this.child) throw new Error('a town named by GEWANG_URL is not ours to restart')
    await this.kill()
    await whileAway()
    await this.run()
  }

  async stop(): Promise<void> {
    await this.line?.stop()
    await this.kill()
    if (this.folder) await rm(this.folder, { recursive: true, force: true })
  }

  password(name: string): string {
    const account = this.accounts.find((one) => one.name === name)
    if (!account) throw new Error(`the demo has no account ${name}`)
    return account.password
  }

  private run(): Promise<Ready> {
    const { history = 0, simulator } = this.founding
    const args = ['demo', '--listen', `127.0.0.1:${this.port}`, '--data', join(this.folder, 'data'), '--format', 'json', '--simulator', String(simulator ?? 'off'), '--history', String(history)]
    const child = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child = child
    let complaint = ''
    child.stderr.on('data', (bytes: Buffer) => (complaint = (complaint + bytes.toString()).slice(-4000)))
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`gewang ended with ${code}: ${complaint}`)))
      createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Ready))
    })
  }

  private kill(): Promise<void> {
    const child = this.child
    if (!child || child.exitCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      child.removeAllListeners('exit')
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
  }
}

async function servesWeb(url: string): Promise<boolean> {
  const page = await (await fetch(`${url}/public/`)).text()
  return page.includes('id="app"')
}
