// The desk with a queue of 10,000: what a frame of scrolling costs, and how long a record takes to open.
import type { Page } from '@playwright/test'
import type { Bench, Report } from './harness.ts'
import { launch, rest, share, startTown, windowOf } from './harness.ts'
import { frames } from './frames.ts'
import { Poster, placesOf, report as reported } from './people.ts'

const RECORDS = 10_000
const GOAL_FRAME_MS = 8
const GOAL_OPEN_MS = 100
const OPENED = 40
/** Pixels a frame: a wheel turned quickly, and a scroll bar pulled. */
const SPEEDS = { wheel: 120, fling: 900 }
const SCROLLED = 240

export const deskBench: Bench = async (report) => {
  const town = await startTown()
  const browser = await launch()
  try {
    const poster = await Poster.as(town, 'dispatcher')
    const places = await placesOf(poster)
    await poster.post(Array.from({ length: RECORDS }, (_, n) => reported(n, places)))
    const context = await windowOf(browser, town, 'dispatcher', { viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    const first: number[][] = []
    const scrolls: Record<keyof typeof SPEEDS, number[][]> = { wheel: [], fling: [] }
    const plain: Record<keyof typeof SPEEDS, number[][]> = { wheel: [], fling: [] }
    const opened: Opened[] = []
    const bare = await context.newPage()
    await bare.setContent(plainList())
    for (let run = 0; run < report.options.runs; run++) {
      await page.bringToFront()
      await page.goto('/desk/queue?tab=all')
      await page.locator('.rows .row').first().waitFor()
      await rest(1500)
      if (report.wants('scroll')) {
        first.push((await frames(page, () => toEnd(page))).work)
        for (const speed of ['wheel', 'fling'] as const) {
          scrolls[speed].push((await frames(page, () => scroll(page, '.rows', SPEEDS[speed]))).work)
          await bare.bringToFront()
          plain[speed].push((await frames(bare, () => scroll(bare, '.rows', SPEEDS[speed]))).work)
          await page.bringToFront()
        }
      }
      if (report.wants('open')) opened.push(await open(page))
    }
    say(report, `scroll, while pages are still read`, first)
    for (const speed of ['wheel', 'fling'] as const) say(report, `scroll, ${SPEEDS[speed]} px a frame`, scrolls[speed], plain[speed])
    if (opened.length > 0) {
      for (const [words, part] of [['median', 0.5], ['p95', 0.95]] as const) {
        report.add('desk', { name: `open a record, drawn: ${words} of ${OPENED}`, unit: 'ms', seen: opened.map((run) => share(run.drawn, part)), goal: GOAL_OPEN_MS })
        report.add('desk', { name: `open a record, drawn: ${words} of processor time`, unit: 'ms', seen: opened.map((run) => share(run.spent, part)), goal: GOAL_OPEN_MS })
      }
      report.add('desk', { name: 'open a record: with its actions and timeline', unit: 'ms', seen: opened.map((run) => share(run.whole, 0.5)) })
    }
  } finally {
    await browser.close()
    await town.stop()
  }
}

function say(report: Report, name: string, runs: readonly number[][], limit: readonly number[][] = []): void {
  if (runs.length === 0) return
  for (const [words, part] of [['median', 0.5], ['p95', 0.95], ['worst', 1]] as const) {
    report.add('desk', {
      name: `${name}: ${words} frame`,
      unit: 'ms',
      seen: runs.map((frames) => share(frames, part)),
      ...(part < 1 ? { goal: GOAL_FRAME_MS } : {}),
      limit: limit.map((frames) => share(frames, part)),
    })
  }
}

/** Scrolls a list by so much a frame, there and back again. */
function scroll(page: Page, list: string, by: number): Promise<void> {
  return page.evaluate(
    ([list, by, count]) =>
      new Promise<void>((done) => {
        const box = document.querySelector(list)
        if (!box) throw new Error(`no ${list}`)
        let at = (box.scrollTop = 0)
        let left = count
        const step = (): void => {
          at += left > count / 2 ? by : -by
          box.scrollTop = at
          if (--left > 0) requestAnimationFrame(step)
          else done()
        }
        requestAnimationFrame(step)
      }),
    [list, by, SCROLLED] as const,
  )
}

/** Goes on to the end until all is read. */
async function toEnd(page: Page): Promise<void> {
  await page.evaluate(
    ([rows]) =>
      new Promise<void>((done) => {
        const box = document.querySelector<HTMLElement>('.rows')
        const step = (): void => {
          if (!box || box.scrollHeight >= rows * 60 - 1) return done()
          box.scrollTop = box.scrollHeight
          requestAnimationFrame(step)
        }
        step()
      }),
    [RECORDS] as const,
  )
}

/** What opening took: by the clock, and of the page's main thread. */
interface Opened { drawn: number[]; spent: number[]; whole: number[] }

/** Opens one row after the other by a click; from the click until a frame with it was made. */
async function open(page: Page): Promise<Opened> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spent = async (): Promise<number> => (await session.send('Performance.getMetrics')).metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? NaN
  const opened: Opened = { drawn: [], spent: [], whole: [] }
  for (let at = 0; at < OPENED; at++) {
    await page.evaluate((at) => document.querySelector('.rows')?.scrollTo({ top: at * 60 }), at)
    await rest(300)
    const before = await spent()
    opened.drawn.push(await page.evaluate(pressRow, at + 2))
    opened.spent.push(((await spent()) - before) * 1000)
    const begun = performance.now()
    await page.waitForSelector('article.record[data-ready="true"]')
    opened.whole.push((opened.drawn.at(-1) ?? 0) + performance.now() - begun)
  }
  await session.detach()
  return opened
}

async function pressRow(place: number): Promise<number> {
  const row = document.querySelector<HTMLElement>(`[aria-posinset="${place}"]`)
  const id = row?.id.replace('row-', '') ?? ''
  const press = row?.firstElementChild
  if (!(press instanceof HTMLElement)) throw new Error(`no row ${place}`)
  const begun = performance.now()
  press.click()
  const frame = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => done()))
  while (document.querySelector('article.record')?.getAttribute('data-record') !== id) await frame()
  await frame()
  // A message is delivered after the frame was handed on.
  await new Promise<void>((done) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => done()
    port2.postMessage(0)
  })
  return performance.now() - begun
}

/** As many rows of the same height, all there, without a line of ours. */
function plainList(): string {
  const row = (n: number): string => `<div style="height:60px;border-bottom:1px solid #ddd;contain:layout paint style"><b>${n} 垃圾桶满了没人收</b><br><small>彭干村03格 · 调度员 · 3 min</small></div>`
  return `<!doctype html><body style="margin:0"><div class="rows" style="height:800px;width:400px;overflow:auto;contain:strict">${Array.from({ length: RECORDS }, (_, n) => row(n)).join('')}</div>`
}
