// What every bench of the web shares: a town of the release binary, Debian's Chromium, and figures beside their goals.
import { existsSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from '@playwright/test'
import { signIn } from '../e2e/client.ts'
import { type Founding, Server } from '../e2e/server.ts'
import config from '../playwright.config.ts'

export interface Options { format: 'human' | 'json'; runs: number; speed: number; hours: number; only: string }
export type Bench = (report: Report) => Promise<void>

/** One figure: what was seen in each run, what it shall stay under, and what the machine itself took for the like. */
export interface Figure {
  name: string
  unit: string
  seen: number[]
  goal?: number
  limit?: number[]
}

/** Gathers figures and says them, each as soon as it is known. */
export class Report {
  private readonly figures: (Figure & { bench: string })[] = []

  constructor(readonly options: Options) {}

  begin(): void {
    if (this.options.format === 'json') return
    console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load before ${loadavg().map((load) => load.toFixed(2)).join(' ')}`)
    console.log(`${'figure'.padEnd(74)} ${'median (min - max)'.padStart(28)} ${'goal'.padStart(9)}   the machine's own`)
  }

  wants(name: string): boolean {
    return name.includes(this.options.only)
  }

  add(bench: string, figure: Figure): void {
    this.figures.push({ bench, ...figure })
    if (this.options.format === 'json') return
    const { name, unit, seen, goal, limit } = figure
    const met = goal === undefined ? '' : median(seen) < goal ? ' ' : ' missed'
    const beside = limit && limit.length > 0 ? said(limit, unit) : ''
    console.log(`${`${bench}: ${name}`.padEnd(74)} ${said(seen, unit).padStart(28)} ${(goal === undefined ? '' : `< ${goal} ${unit}`).padStart(9)}${met}   ${beside}`)
  }

  /** Says something beside the figures. */
  note(text: string): void {
    if (this.options.format === 'human') console.log(text)
  }

  end(): void {
    if (this.options.format === 'json') console.log(JSON.stringify({ cores: cpus().length, load: loadavg(), figures: this.figures }))
  }
}

function said(values: readonly number[], unit: string): string {
  const digits = Math.abs(median(values)) < 10 ? 2 : Math.abs(median(values)) < 100 ? 1 : 0
  const show = (value: number): string => value.toFixed(digits)
  return `${show(median(values))} ${unit} (${show(Math.min(...values))} - ${show(Math.max(...values))})`
}

export function median(values: readonly number[]): number {
  return share(values, 0.5)
}

/** The value below which a share of them lies; the greatest of them for 1. */
export function share(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

/** A fresh demo town of the release binary (or of `GEWANG_BIN`), without its simulator. */
export async function startTown(founding: Founding = {}): Promise<Server> {
  const root = process.env['CARGO_TARGET_DIR'] ?? fileURLToPath(new URL('../../target', import.meta.url))
  const release = join(root, 'release', 'gewang')
  if (!process.env['GEWANG_BIN']) {
    if (!existsSync(release)) throw new Error('no release binary: cargo build --release --package gewang, or name one in GEWANG_BIN')
    process.env['GEWANG_BIN'] = release
  }
  const town = new Server(founding)
  await town.start()
  return town
}

/** Where there is no graphics card these let the processor play one for the whole page: slower than drawing it directly. */
const PLAYS_CARD = new Set(['--use-angle=swiftshader', '--ignore-gpu-blocklist'])

/** Debian's Chromium, started as the browser tests start it, but drawing as it does by itself. */
export function launch(more: string[] = []): Promise<Browser> {
  const { executablePath, args } = config.use?.launchOptions ?? {}
  return chromium.launch({ args: [...(args ?? []).filter((arg) => !PLAYS_CARD.has(arg)), ...more], ...(executablePath ? { executablePath } : {}) })
}

/** A browser window for somebody of the demo. */
export async function windowOf(browser: Browser, town: Server, name: string | undefined, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: town.url, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options })
  if (name) await signIn(context, town, name)
  return context
}

export function rest(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
