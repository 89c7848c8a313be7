// The rest of the grid editor, as an administrator does it: a piece handed over, a grid suggested, a file dropped, the town's own boundary,
// a time at which it happens; and a finger instead of a mouse.
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { accessible, fits } from './checks.ts'
import { bulging, demoCells, leaf, seamOf } from './drawn.ts'
import { cursorNow } from './editor.ts'
import { expect, ownTown, scriptErrors, test, type Opening } from './town.ts'

const town = ownTown()
const cells = demoCells()
const seam = seamOf(cells, 'penggan-03')
type Lang = 'zh' | 'en'

const texts = (lang: Lang): Record<string, string> =>
  (JSON.parse(readFileSync(new URL(`../texts/${lang}/desk.json`, import.meta.url), 'utf8')) as { grid: Record<string, string> }).grid
const TEXTS = { zh: texts('zh'), en: texts('en') }
/** A text of the editor as the page has it. */
function say(lang: Lang, key: string, values: Record<string, string | number> = {}): string {
  const [one = '', many = one] = (TEXTS[lang][key] ?? key).split(' | ')
  return (values['n'] === 1 ? one : many).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

const settled = (page: Page): Promise<void> => expect(page.locator('.editor-map .g-skeleton')).toHaveCount(0)
/** Keeps a picture of this step beside the results. */
const keep = (page: Page, name: string): Promise<unknown> => page.screenshot({ path: test.info().outputPath(`${name}.png`) })

async function begin(page: Page, lang: Lang, title: string): Promise<void> {
  await page.getByRole('button', { name: say(lang, 'from_in_force') }).first().click()
  await page.locator('dialog[open]').getByLabel(say(lang, 'title'), { exact: true }).fill(title)
  await page.getByRole('button', { name: say(lang, 'begin') }).click()
  await expect(page.getByText(say(lang, 'whole'), { exact: true })).toBeVisible()
  await settled(page)
}

async function find(page: Page, lang: Lang, id: string): Promise<string> {
  const title = leaf(cells, id).properties[lang]
  const search = page.getByRole('searchbox', { name: say(lang, 'find_cell') })
  await search.fill(title)
  await page.getByRole('option', { name: title }).first().click()
  await expect(page.getByRole('heading', { name: title, level: 2 })).toBeVisible()
  await search.fill('')
  // It flies there.
  await page.waitForTimeout(1500)
  return title
}

type Met = [[number, number], [number, number], [number, number]]

/** Where the border of the chosen cell is met from its middle: two places on different sides. The map may still be on its way there. */
async function borders(page: Page): Promise<Met> {
  let met: Met | undefined
  await expect(async () => {
    met = await feel(page)
  }).toPass({ timeout: 30_000 })
  return met as Met
}

async function feel(page: Page): Promise<Met> {
  const box = await page.locator('.maplibregl-canvas').boundingBox()
  if (!box) throw new Error('no map')
  const middle: [number, number] = [box.x + box.width / 2, box.y + box.height / 2]
  const met: [number, number][] = []
  for (const [right, down] of [[0.1, -1], [0.1, 1], [1, 0.1], [-1, 0.1]] as const) {
    for (let far = 12; far < box.height / 2 - 30; far += 4) {
      const at: [number, number] = [middle[0] + far * right, middle[1] + far * down]
      await page.mouse.move(...at)
      if (['copy', 'grab'].includes(await cursorNow(page))) {
        met.push(at)
        break
      }
    }
    if (met.length === 2) return [met[0] as [number, number], middle, met[1] as [number, number]]
  }
  throw new Error('the cell has no two borders on the map')
}

async function drop(page: Page, name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(([file, name]) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([file as string], name as string, { type: 'application/geo+json' }))
    return transfer
  }, [text, name])
  await page.locator('.home').dispatchEvent('dragover', { dataTransfer: data })
  await expect(page.locator('.home .over')).toBeVisible()
  await keep(page, 'dropping')
  await page.locator('.home').dispatchEvent('drop', { dataTransfer: data })
}

for (const lang of ['zh', 'en'] as const) {
  const opening: Opening = { as: 'admin', lang }

  test(`a piece is handed over and a grid is suggested, in ${lang}`, async () => {
    test.setTimeout(300_000)
    const page = await town.open('/desk/grid', opening)
    await begin(page, lang, `T-${lang}`)
    const leaves = page.locator('.d-bar .g-tag').first()

    await test.step('a piece goes to a neighbour', async () => {
      await find(page, lang, seam.cell)
      const area = page.locator('.facts dd').first()
      const before = await area.textContent()
      const [from, middle, to] = await borders(page)
      await page.getByRole('button', { name: say(lang, 'tool_hand') }).click()
      await page.mouse.click(...from)
      await page.mouse.click(...middle)
      await page.mouse.move(to[0] - 6, to[1] - 6)
      await page.mouse.click(...to)
      const card = page.locator('aside section.card', { hasText: say(lang, 'part_left') })
      await expect(card).toBeVisible()
      await keep(page, 'hand-over')
      await accessible(page)
      await fits(page)
      await card.getByRole('button', { name: say(lang, 'other_side') }).click()
      await card.getByRole('button', { name: say(lang, 'hand_it') }).click()
      await expect(card).toHaveCount(0)
      await page.keyboard.press('v')
      await expect(area).not.toHaveText(before ?? '')
      await expect(leaves).toHaveText(say(lang, 'leaves', { n: 73 }))
      await keep(page, 'handed-over')
    })

    await test.step('two cells are divided anew by households', async () => {
      await page.getByRole('button', { name: say(lang, 'points') }).first().click()
      const homes = cells.features.flatMap((feature) => (feature.geometry?.coordinates[0] ?? []).map(([lon, lat]) => `${(lon + 0.0004).toFixed(7)},${lat},40`))
      const dialog = page.locator('dialog[open]')
      await dialog.locator('input[type="file"]').setInputFiles({ name: 'households.csv', mimeType: 'text/csv', buffer: Buffer.from(['lon,lat,weight', ...homes].join('\n')) })
      await dialog.getByRole('button', { name: say(lang, 'points_put'), exact: true }).click()
      await expect(dialog).toHaveCount(0)
      await page.getByRole('button', { name: say(lang, 'suggest') }).click()
      const asked = page.locator('dialog[open]')
      await asked.getByLabel(say(lang, 'load')).fill('350')
      await expect(asked.getByRole('status')).toBeVisible()
      await keep(page, 'suggest')
      await asked.getByRole('button', { name: say(lang, 'divide') }).click()
      await expect(asked).toHaveCount(0, { timeout: 60_000 })
      await expect(leaves).not.toHaveText(say(lang, 'leaves', { n: 73 }))
      await keep(page, 'suggested')
      await page.getByRole('button', { name: say(lang, 'undo') }).click()
      await expect(leaves).toHaveText(say(lang, 'leaves', { n: 73 }))
    })
    expect(scriptErrors()).toEqual([])
  })

  test(`the town's own boundary changes only where somebody says so, in ${lang}`, async () => {
    test.setTimeout(300_000)
    const page = await town.open('/desk/grid', opening)
    const load = async (metres: number): Promise<string> => {
      const { drawn, cell } = bulging(cells, metres)
      await drop(page, `B-${lang}.geojson`, JSON.stringify(drawn))
      const dialog = page.locator('dialog[open]')
      await expect(dialog.getByLabel(say(lang, 'title'), { exact: true })).toHaveValue(`B-${lang}`)
      await keep(page, 'dropped')
      await dialog.getByRole('button', { name: say(lang, 'begin') }).click()
      await expect(page.locator('.panel .list li').first()).toBeVisible()
      await settled(page)
      return cell
    }

    await test.step('what slipped is brought back', async () => {
      // In English the town has the boundary that was published in Chinese before.
      await load(lang === 'zh' ? 0.4 : 30.4)
      await expect(page.locator('.d-bar')).toContainText(say(lang, 'boundary_differs', { n: 1 }))
      await page.getByRole('button', { name: say(lang, 'repair_look') }).click()
      await expect(page.getByText(say(lang, 'repair_whole'))).toBeVisible()
      await page.getByRole('button', { name: say(lang, 'repair_apply') }).click()
      await expect(page.getByText(say(lang, 'whole'), { exact: true })).toBeVisible()
      await page.goto('/desk/grid')
    })

    await test.step('what was meant is said', async () => {
      await load(lang === 'zh' ? 30 : 60)
      const place = page.locator('.panel .list li button').first()
      await expect(place).toContainText(say(lang, 'defect_outside_boundary'))
      await place.click()
      await page.waitForTimeout(1200)
      await keep(page, 'boundary')
      await accessible(page)
      await fits(page)
      await page.getByRole('button', { name: say(lang, 'publish'), exact: true }).click()
      const dialog = page.locator('dialog[open]')
      await expect(dialog.getByText(say(lang, 'boundary_moves'))).toBeVisible()
      await dialog.getByLabel(say(lang, 'reason')).fill('民政局批复')
      const button = dialog.getByRole('button', { name: say(lang, 'publish_now'), exact: true })
      await expect(button).toBeDisabled()
      await dialog.getByRole('checkbox', { name: say(lang, 'boundary_meant') }).check()
      await keep(page, 'publish')
      await accessible(page)
      await fits(page)
      await button.click()
      await expect(dialog.getByText(say(lang, 'published_text'))).toBeVisible()
      await dialog.getByRole('button', { name: say(lang, 'fine') }).click()
      await expect(page.locator('.edition').first()).toContainText('辖区边界改变')
      await keep(page, 'editions')
    })
    expect(scriptErrors()).toEqual([])
  })
}

test('a draft comes into force at its time, before the eyes of whoever waits', async () => {
  test.setTimeout(300_000)
  const page = await town.open('/desk/grid', { as: 'admin' })
  await expect(page.locator('.edition').first()).toBeVisible()
  const before = await page.locator('.edition').count()
  await begin(page, 'zh', '定时')
  await find(page, 'zh', seam.cell)
  await page.getByRole('button', { name: say('zh', 'describe') }).click()
  await page.getByLabel(say('zh', 'name_zh')).fill('定时改的名字')
  await page.getByRole('button', { name: say('zh', 'save') }).click()
  await expect(page.getByRole('heading', { name: '定时改的名字', level: 2 })).toBeVisible()
  await page.getByRole('button', { name: say('zh', 'publish'), exact: true }).click()
  const dialog = page.locator('dialog[open]')
  await dialog.getByLabel(say('zh', 'reason')).fill('按会议纪要，到时生效。')
  await dialog.getByRole('radio', { name: say('zh', 'later') }).check()
  // The next minute but one, by the town's clock: a field of minutes says no less.
  const soon = new Date(Date.now() + 8 * 3_600_000 + 75_000).toISOString().slice(0, 16)
  await dialog.locator('input[type="datetime-local"]').fill(soon)
  await keep(page, 'schedule')
  await dialog.getByRole('button', { name: say('zh', 'schedule') }).click()
  await expect(page.getByText(say('zh', 'frozen'))).toBeVisible()
  await keep(page, 'scheduled')
  await expect(page.getByRole('toolbar', { name: say('zh', 'tools') })).toHaveCount(0)
  await expect(page.getByText(say('zh', 'published_text'))).toBeVisible({ timeout: 150_000 })
  await expect(page.locator('.edition')).toHaveCount(before + 1)
  await expect(page.locator('.edition').first()).toContainText('到时生效')
  await expect(page.locator('.draft', { hasText: '定时' })).toHaveCount(0)
  await keep(page, 'in-force')
  expect(scriptErrors()).toEqual([])
})

test('a finger drags a vertex on a tablet, and two fingers move the map', async () => {
  test.setTimeout(200_000)
  const page = await town.open('/desk/grid', { as: 'admin', size: 'tablet' })
  await begin(page, 'zh', '平板')
  // Another cell than the one that has another name by now.
  await find(page, 'zh', 'wangmao-03')
  const area = page.locator('.facts dd').first()
  const before = await area.textContent()
  // Where a mouse would take hold of an edge, a finger does; more roughly.
  const [[x, y]] = await borders(page)
  const wire = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: [number, number][]): Promise<unknown> =>
    wire.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) })
  await touch('touchStart', [[x + 3, y + 3]])
  for (let i = 1; i <= 6; i++) await touch('touchMove', [[x + 3 + i * 5, y + 3 + i * 4]])
  await expect(page.locator('.chip')).not.toHaveCount(0)
  await keep(page, 'finger')
  await touch('touchEnd', [])
  await expect(page.locator('.chip')).toHaveCount(0)
  await expect(area).not.toHaveText(before ?? '')
  await expect(page.getByRole('button', { name: say('zh', 'undo') })).toBeEnabled()
  const after = await area.textContent()
  // A second finger lets go of what the first had taken: nothing is edited.
  await touch('touchStart', [[x + 33, y + 27]])
  await touch('touchMove', [[x + 45, y + 40]])
  await touch('touchStart', [[x + 45, y + 40], [x + 160, y + 90]])
  for (let i = 1; i <= 4; i++) await touch('touchMove', [[x + 45 - i * 8, y + 40], [x + 160 + i * 8, y + 90]])
  await touch('touchEnd', [])
  await expect(page.locator('.chip')).toHaveCount(0)
  await expect(area).toHaveText(after ?? '')
  await page.getByRole('button', { name: say('zh', 'undo') }).click()
  await expect(area).toHaveText(before ?? '')
  expect(scriptErrors()).toEqual([])
})
