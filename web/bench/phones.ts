// The phones' surfaces on a slow phone: what is loaded before the first picture, when it stands, and how soon a tap is answered.
import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from '@playwright/test'
import { Client, type Done, PLACE } from '../e2e/client.ts'
import type { Server } from '../e2e/server.ts'
import { type Bench, type Report, launch, rest, startTown, windowOf } from './harness.ts'
import { painted, taken, watchFor, watchTaken } from './painted.ts'

const SLOWER = 6
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
/** Past days of the town, so that there is something to draw. */
const HISTORY = 2
const CASES = 25
const COLD_LOADS = 5
const LATER_MS = 2500

/**
 * A tap: where, and what must stand on the screen for it to be answered: the frame of what it asked for. `whole`: what stands once
 * all of it does that is in sight, where that is later.
 */
interface Tap { name: string; on: string; shows: string; whole?: string; back?: 'history' | 'reload' }
/** A surface: whose, its address, and what is its first meaningful paint; `again`: on a phone that was there before. */
interface Surface { name: string; as?: string; path: string; meaningful: string; again?: boolean; taps: Tap[] }

function surfaces(follow: string): Surface[] {
  return [
    {
      name: 'public', path: '/public/', meaningful: '[data-test="report"]',
      taps: [
        { name: 'report', on: '[data-test="report"]', shows: 'main .loading, main form.report', whole: '.tiles [data-code]', back: 'history' },
        { name: 'other language', on: '.head button[lang="en"]', shows: '.head button[lang="en"][aria-pressed="true"]', whole: 'html[lang="en"] .hero h1', back: 'reload' },
      ],
    },
    {
      name: 'public report', path: `/public/report?at=${PLACE.join(',')}&name=x`, meaningful: '.tiles [data-code]',
      taps: [{ name: 'a category tile', on: '.tiles [data-code="litter"]', shows: '#category .chosen', back: 'reload' }],
    },
    { name: 'public follow', path: follow, meaningful: 'article[data-stage]', taps: [] },
    {
      name: 'field', as: 'worker', path: '/field/', meaningful: '.f-list li .title',
      taps: [
        { name: 'report', on: '.tabs .report', shows: '.first button', whole: '.tiles .tile', back: 'history' },
        { name: 'cases', on: '.tabs a[href$="/cases"]', shows: 'main .own', back: 'history' },
        { name: 'me', on: '.tabs a[href$="/me"]', shows: 'main header.who', back: 'history' },
        { name: 'open a case', on: '.f-list li a.case', shows: 'article h2.title', whole: 'article .table', back: 'history' },
      ],
    },
    { name: 'field again', as: 'worker', path: '/field/', meaningful: '.f-list li .title', again: true, taps: [] },
    {
      name: 'field report', as: 'worker', path: '/field/report', meaningful: '.tiles .tile',
      taps: [{ name: 'a category tile', on: '.tiles .tile', shows: 'form .where .name', whole: 'form textarea', back: 'reload' }],
    },
  ]
}

export const phonesBench: Bench = async (report) => {
  const town = await startTown({ history: HISTORY })
  const browser = await launch()
  try {
    const made = await cases(town)
    for (const surface of surfaces(`/public/follow/${made.record}#${made.follow?.token ?? ''}`)) {
      if (!report.wants(surface.name)) continue
      await loads(report, browser, town, surface)
      if (surface.taps.length > 0) await taps(report, browser, town, surface)
    }
  } finally {
    await browser.close()
    await town.stop()
  }
}

/** Cases in the worker's cell, as on a busy day; the last of them a resident's own. */
async function cases(town: Server): Promise<Done> {
  const reporter = await Client.as(town, 'worker')
  const report = (by: Client, at: number): Promise<Done> =>
    by.command({ action: 'report', place: [PLACE[0] + (at % 5) * 1e-4, PLACE[1]], data: { category: 'litter', severity: 'normal', summary: `公交站旁垃圾没人收 ${at}` } })
  for (let at = 1; at < CASES; at++) await report(reporter, at)
  return report(new Client(town), CASES)
}

async function loads(report: Report, browser: Browser, town: Server, surface: Surface): Promise<void> {
  const seen = { paint: [] as number[], taken: [] as number[], bytes: [] as number[], all: [] as number[], limit: [] as number[] }
  for (let run = 0; run < COLD_LOADS; run++) {
    seen.limit.push(await emptyPage(browser, town, surface))
    const { paint, taken: at, bytes, all } = await coldLoad(browser, town, surface)
    seen.paint.push(paint)
    seen.taken.push(at)
    seen.bytes.push(bytes / 1000)
    seen.all.push(all / 1000)
  }
  report.add('phones', { name: `${surface.name}: loaded until the first meaningful paint`, unit: 'kB', seen: seen.bytes, goal: 200 })
  report.add('phones', { name: `${surface.name}: loaded in all without the map`, unit: 'kB', seen: seen.all })
  report.add('phones', { name: `${surface.name}: first meaningful paint, CPU x${SLOWER}`, unit: 'ms', seen: seen.paint, goal: 1500, limit: seen.limit })
  report.add('phones', { name: `${surface.name}: taken over by the page's scripts`, unit: 'ms', seen: seen.taken })
}

/** A phone that was never here before, or was here `again` not long ago. */
async function freshPhone(browser: Browser, town: Server, surface: Surface): Promise<{ context: BrowserContext; page: Page; session: CDPSession }> {
  const context = await windowOf(browser, town, surface.as, PHONE)
  if (surface.again) {
    const before = await context.newPage()
    await before.goto(surface.path)
    await before.locator(surface.meaningful).first().waitFor()
    await rest(2 * LATER_MS)
    await before.close()
  }
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: surface.again !== true })
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  return { context, page, session }
}

async function coldLoad(browser: Browser, town: Server, surface: Surface): Promise<{ paint: number; taken: number; bytes: number; all: number }> {
  const { context, page, session } = await freshPhone(browser, town, surface)
  const names = new Map<string, string>()
  let all = 0
  session.on('Network.requestWillBeSent', ({ requestId, request }) => names.set(requestId, request.url))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!/maplibre|MapView|tiles\//.test(names.get(requestId) ?? '')) all += encodedDataLength
  })
  await page.addInitScript(watchFor, surface.meaningful)
  await page.addInitScript(watchTaken)
  await page.goto(surface.path, { waitUntil: 'commit' })
  const paint = await page.evaluate(painted)
  const bytes = all
  const at = await page.evaluate(taken)
  await rest(LATER_MS)
  await context.close()
  return { paint, taken: at, bytes, all }
}

/** The same page without its scripts, with a word on it: what this machine takes to paint anything. */
async function emptyPage(browser: Browser, town: Server, surface: Surface): Promise<number> {
  const { context, page } = await freshPhone(browser, town, surface)
  const shell = await (await fetch(town.url + surface.path)).text()
  const body = shell.replace(/<script[\s\S]*?<\/script>|<link[^>]*>/g, '').replace(/<div id="app">[\s\S]*?<\/body>/, '<p class="empty">.</p></body>')
  await page.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body }))
  await page.addInitScript(watchFor, '.empty')
  await page.goto('/empty', { waitUntil: 'commit' })
  const paint = await page.evaluate(painted)
  await context.close()
  return paint
}

async function taps(report: Report, browser: Browser, town: Server, surface: Surface): Promise<void> {
  const { context, page } = await freshPhone(browser, town, surface)
  const limit: number[] = []
  await page.addInitScript(watchFor, surface.meaningful)
  const open = async (): Promise<void> => {
    await page.goto(surface.path)
    await page.evaluate(painted)
    await rest(LATER_MS)
  }
  for (const tap of surface.taps.flatMap(bothOf)) {
    await open()
    const seen: number[] = []
    for (let run = 0; run < Math.max(5, report.options.runs); run++) {
      limit.push(await emptyTap(page))
      seen.push(await answered(page, tap))
      if (tap.back === 'reload') {
        await page.evaluate(() => localStorage.clear())
        await open()
      } else {
        await page.goBack()
        await page.locator(tap.on).first().waitFor()
        await rest(600)
      }
    }
    report.add('phones', { name: `${surface.name}: tap ${tap.name}, CPU x${SLOWER}`, unit: 'ms', seen, ...(tap.goal ? { goal: tap.goal } : {}), limit })
  }
  await context.close()
}

/** The answer, which has a goal, and the whole, which is told beside it. */
function bothOf(tap: Tap): (Tap & { goal?: number })[] {
  const answer = { ...tap, goal: 100 }
  return tap.whole ? [answer, { ...tap, name: `${tap.name}, whole`, shows: tap.whole }] : [answer]
}

/** From the finger's touch until the frame that shows the answer is painted. */
async function answered(page: Page, tap: Tap): Promise<number> {
  await page.evaluate(watchFor, `touch ${tap.shows}`)
  const target = page.locator(tap.on).first()
  await target.scrollIntoViewIfNeeded()
  const box = await target.boundingBox()
  if (!box) throw new Error(`nothing to tap: ${tap.on}`)
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2)
  return page.evaluate(painted)
}

/** A tap on something that only changes its own words: the least that a tap can take here. */
async function emptyTap(page: Page): Promise<number> {
  await page.evaluate(() => {
    const spot = Object.assign(document.createElement('button'), { className: 'bench-spot', textContent: '.' })
    spot.style.cssText = 'position:fixed;z-index:99;left:0;top:0;width:48px;height:48px'
    spot.onclick = () => spot.classList.add('answered')
    document.body.append(spot)
  })
  const took = await answered(page, { name: 'empty', on: '.bench-spot', shows: '.bench-spot.answered' })
  await page.evaluate(() => document.querySelector('.bench-spot')?.remove())
  return took
}
