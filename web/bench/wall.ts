// The wall of a large town: what a frame costs, whether a working day leaves anything behind, and how soon a report is on it.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from '@playwright/test'
import type { Server } from '../e2e/server.ts'
import { Cases } from './cases.ts'
import { cutInto, type Drawing } from './drawing.ts'
import { frames } from './frames.ts'
import { type Bench, type Report, launch, rest, share, startTown, windowOf } from './harness.ts'
import { Poster, placesOf, report as reported } from './people.ts'
import { hasten } from './hasten.ts'

const CELLS = 300
const OPEN = 2000
const A_MINUTE = 100
const GOAL_FRAME_MS = 8
const GOAL_MARK_MS = 300
const MARKS = 120
const SECONDS = 30
const WALL = { width: 3840, height: 1080 }

export const wallBench: Bench = async (report) => {
  const town = await startTown()
  const browser = await launch(['--js-flags=--expose-gc'])
  try {
    report.note(`wall: ${await moreCells(town)} cells`)
    const cases = await Cases.open(town, OPEN)
    if (report.wants('frame') || report.wants('mark')) {
      const context = await windowOf(browser, town, 'duty', { viewport: WALL })
      const page = await shown(context)
      const bare = await context.newPage()
      await bare.setContent('<!doctype html><body style="background:#060b12"><script>requestAnimationFrame(function step() { requestAnimationFrame(step) })</script>')
      const work: number[][] = []
      const empty: number[][] = []
      const delays: number[][] = []
      for (let run = 0; run < report.options.runs; run++) {
        await page.bringToFront()
        if (report.wants('frame')) {
          work.push((await frames(page, () => cases.live(A_MINUTE, SECONDS))).work)
          await bare.bringToFront()
          empty.push((await frames(bare, () => rest(3000))).work)
          await page.bringToFront()
        }
        if (report.wants('mark')) delays.push(await marks(page, town, MARKS))
      }
      sayFrames(report, work, empty)
      if (delays.length > 0) {
        for (const [words, part] of [['median', 0.5], ['p99', 0.99]] as const) {
          report.add('wall', { name: `a report's mark after its acknowledgement: ${words} of ${MARKS}`, unit: 'ms', seen: delays.map((run) => share(run, part)), ...(part > 0.5 ? { goal: GOAL_MARK_MS } : {}) })
        }
      }
      await context.close()
    }
    if (report.wants('hours')) {
      const context = await windowOf(browser, town, 'duty', { viewport: WALL })
      await day(report, context, cases)
      await context.close()
    }
  } finally {
    await browser.close()
    await town.stop()
  }
}

function sayFrames(report: Report, runs: readonly number[][], empty: readonly number[][]): void {
  if (runs.length === 0) return
  for (const [words, part] of [['median', 0.5], ['p95', 0.95], ['p99', 0.99], ['worst', 1]] as const) {
    report.add('wall', { name: `${A_MINUTE} events a minute, 3840x1080: ${words} frame`, unit: 'ms', seen: runs.map((run) => share(run, part)), ...(part < 1 ? { goal: GOAL_FRAME_MS } : {}), limit: empty.map((run) => share(run, part)) })
  }
}

/** Puts a drawing with more cells in force, as any town would adopt one. */
async function moreCells(town: Server): Promise<number> {
  const drawn = JSON.parse(await readFile(fileURLToPath(new URL('../../packs/zhoutie/cells.geojson', import.meta.url)), 'utf8')) as Drawing
  const { drawing, cells } = cutInto(drawn, CELLS)
  const folder = await mkdtemp(join(tmpdir(), 'gewang-bench-'))
  try {
    const file = join(folder, 'cells.geojson')
    await writeFile(file, JSON.stringify(drawing))
    const { token } = await Poster.as(town, 'admin')
    execFileSync(process.env['GEWANG_BIN'] ?? '', ['adopt', '--server', town.direct, '--token', token, '--cells', file, '--reason', 'bench'], { stdio: ['ignore', 'ignore', 'inherit'] })
  } finally {
    await rm(folder, { recursive: true })
  }
  return cells
}

async function shown(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(error))
  await page.goto('/wall/?scene=flow')
  await page.waitForFunction((open) => Number(document.querySelector<HTMLElement>('canvas.marks')?.dataset['marks']) >= open * 0.9, OPEN, { timeout: 60_000 })
  // The first picture, its map and the first beats are no part of a wall's life.
  await rest(8000)
  return page
}

/** Reports one after the other: from the answer read here until the wall has drawn the mark, by the one clock of this machine. */
async function marks(page: Page, town: Server, count: number): Promise<number[]> {
  await page.evaluate(() => {
    const drawn: [number, number][] = []
    const canvas = document.querySelector<HTMLElement>('canvas.marks')
    if (!canvas) throw new Error('no marks')
    new MutationObserver(() => drawn.push([Number(canvas.dataset['seq']), performance.timeOrigin + performance.now()])).observe(canvas, { attributes: true, attributeFilter: ['data-seq'] })
    Object.assign(window, { drawn })
  })
  const poster = await Poster.as(town, 'dispatcher')
  const places = await placesOf(poster)
  const told: [number, number][] = []
  for (let n = 0; n < count; n++) {
    const [done] = await poster.post([reported(n, places)])
    told.push([done?.seq ?? 0, performance.timeOrigin + performance.now()])
    // Not in step with the frames nor with the wall's beat.
    await rest(150 + ((n * 37) % 190))
  }
  await rest(1500)
  const drawn = await page.evaluate(() => (window as unknown as { drawn: [number, number][] }).drawn)
  return told.map(([seq, at]) => {
    const first = drawn.find(([upTo]) => upTo >= seq)
    return first ? Math.max(0, first[1] - at) : Infinity
  })
}

/** A working day, hastened: what is still held after each of its hours, and whether it grows after the second. */
async function day(report: Report, context: BrowserContext, cases: Cases): Promise<void> {
  const { speed, hours } = report.options
  await hasten(context, speed)
  const page = await shown(context)
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  const held: { heap: number; nodes: number; listeners: number }[] = []
  const hour = 3_600_000 / speed
  for (let at = 0; at <= hours; at++) {
    if (at > 0) await cases.live(A_MINUTE * speed, hour / 1000)
    await session.send('HeapProfiler.collectGarbage')
    const { metrics } = await session.send('Performance.getMetrics')
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN
    held.push({ heap: of('JSHeapUsedSize') / 1e6, nodes: of('Nodes'), listeners: of('JSEventListeners') })
    report.note(`wall: after hour ${at}: ${held.at(-1)?.heap.toFixed(1)} MB, ${held.at(-1)?.nodes} nodes, ${held.at(-1)?.listeners} listeners, ${cases.events} events`)
  }
  const after = held.slice(2)
  const growth = (of: keyof (typeof held)[number]): number => (after.at(-1)?.[of] ?? NaN) - (after[0]?.[of] ?? NaN)
  report.add('wall', { name: `${hours} hours ${speed} times as fast: heap from hour 2 to the last`, unit: 'MB', seen: [growth('heap')], goal: 1 })
  report.add('wall', { name: `${hours} hours ${speed} times as fast: nodes from hour 2 to the last`, unit: 'nodes', seen: [growth('nodes')], goal: 50 })
  report.add('wall', { name: `${hours} hours: heap held at the end`, unit: 'MB', seen: [held.at(-1)?.heap ?? NaN] })
}
