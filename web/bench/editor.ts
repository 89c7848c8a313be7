// The grid editor with a town of 2,000 cells of 52 places each: what a frame costs while a border is held.
import type { Page } from '@playwright/test'
import { madeUp } from '../e2e/drawn.ts'
import { reach } from '../e2e/editor.ts'
import type { Bench } from './harness.ts'
import { launch, rest, share, startTown, windowOf } from './harness.ts'
import { frames } from './frames.ts'

const CELLS = 2000
const GOAL_FRAME_MS = 8
/** Movements of the pointer while it holds the border. */
const MOVES = 120

export const editorBench: Bench = async (report) => {
  const town = await startTown()
  const browser = await launch()
  try {
    const context = await windowOf(browser, town, 'admin', { viewport: { width: 1440, height: 900 } })
    const { drawn, households } = madeUp(CELLS)
    const headers = { 'gewang-client': 'bench', 'content-type': 'application/octet-stream' }
    const made = await context.request.post(`${town.url}/api/v1/drafts?title=bench&file=bench.geojson`, { headers, data: Buffer.from(JSON.stringify(drawn)), timeout: 120_000 })
    if (!made.ok()) throw new Error(`draft: ${await made.text()}`)
    const { id } = (await made.json()) as { id: string }
    const counted = await context.request.put(`${town.url}/api/v1/drafts/${id}/points`, { headers: { ...headers, 'content-type': 'text/csv' }, data: Buffer.from(households), timeout: 120_000 })
    if (!counted.ok()) throw new Error(`points: ${await counted.text()}`)
    const page = await context.newPage()
    const [held, opened]: [number[][], number[]] = [[], []]
    for (let run = 0; run < report.options.runs; run++) {
      const began = performance.now()
      await page.goto(`/desk/grid/${id}`)
      await page.locator('.tools').waitFor()
      opened.push(performance.now() - began)
      await rest(6000)
      await page.locator('.table .row').first().click()
      await rest(3000)
      const at = await reach(page, 'copy')
      held.push((await frames(page, () => hold(page, at))).work.filter((ms) => ms > 0))
    }
    for (const [words, part] of [['median', 0.5], ['p95', 0.95]] as const) {
      report.add('editor', { name: `${CELLS} cells, a border held: a frame, ${words}`, unit: 'ms', seen: held.map((run) => share(run, part)), goal: GOAL_FRAME_MS })
    }
    report.add('editor', { name: `${CELLS} cells: opened, with tools`, unit: 'ms', seen: opened })
  } finally {
    await browser.close()
    await town.stop()
  }
}

/** Leads the border in circles; Escape lets go of it, so that nothing is changed. */
async function hold(page: Page, [x, y]: [number, number]): Promise<void> {
  await page.mouse.move(x, y)
  await page.mouse.down()
  for (let i = 0; i < MOVES; i++) {
    await page.mouse.move(x + Math.sin(i / 12) * 25, y + Math.cos(i / 9) * 20)
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)))
  }
  await page.keyboard.press('Escape')
  await page.mouse.up()
}
