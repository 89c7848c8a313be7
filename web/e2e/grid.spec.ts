// The grid editor: from a file with defects to an edition in force, and what becomes of the records and maps of everybody else.
import type { Page } from '@playwright/test'
import { accessible, fits, translated } from './checks.ts'
import type { Done } from './client.ts'
import { demoCells, leaf, seamOf, spoilt, type Seam } from './drawn.ts'
import { choose, cursorNow, hold, reach } from './editor.ts'
import { expect, ownTown, scriptErrors, test } from './town.ts'

const town = ownTown()
const cells = demoCells()
/** A vertex beside which somebody reports: the border there is going to move past them. */
const seam: Seam = seamOf(cells, 'penggan-03')
const other = seamOf(cells, 'wangmao-03')
const titles = (id: string): string => leaf(cells, id).properties.zh
let reported: Done

test.beforeAll(async () => {
  const near = seam.inside.map((degrees, at) => seam.at[at as 0 | 1] + (degrees - seam.at[at as 0 | 1]) / 4) as [number, number]
  reported = await town.resident().command({ action: 'report', place: near, data: { category: 'litter', severity: 'normal', summary: '界桩旁有垃圾' } })
})

const settled = (page: Page): Promise<void> => expect(page.locator('.editor-map .g-skeleton')).toHaveCount(0)

test('a file with defects becomes the grid in force, and the record beside the border moves with it', async () => {
  test.setTimeout(400_000)
  const page = await town.open('/desk/grid', { as: 'admin' })
  const wall = await town.open('/wall/?scene=flow', { as: 'duty', still: true })
  await expect(wall.locator('.maplibregl-canvas')).toBeVisible()
  const before = ((await (await fetch(`${town.url}/api/v1/map`)).json()) as { edition: string }).edition

  await test.step('the file is loaded with all its defects', async () => {
    await page.getByRole('button', { name: '载入文件' }).click()
    const file = JSON.stringify(spoilt(cells, 'xudu-02', other))
    await page.locator('dialog input[type="file"]').setInputFiles({ name: '民政局的图.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(file) })
    await expect(page.getByLabel('名称', { exact: true })).toHaveValue('民政局的图')
    await page.getByRole('button', { name: '建立草案' }).click()
    await expect(page.locator('.panel .list li').first()).toBeVisible()
    await settled(page)
    expect(await page.locator('.panel .list li').count()).toBeGreaterThan(1)
  })

  await test.step('a defect is chosen, and a cell drawn twice is taken out', async () => {
    await page.getByRole('group', { name: '按类型筛选' }).getByRole('button', { name: /重复/ }).click()
    await page.locator('.panel .list li button').first().click()
    await page.getByRole('button', { name: /^删除.*xudu-02-copy/ }).click()
    await expect(page.locator('.panel .list li', { hasText: '重复' })).toHaveCount(0)
  })

  await test.step('the repair is looked at, then taken', async () => {
    await page.getByRole('button', { name: '看修复结果' }).click()
    await expect(page.getByText('修复后没有缺陷')).toBeVisible()
    await expect(page.locator('.preview .diff li').first()).toBeVisible()
    await page.getByRole('button', { name: '修复前' }).click()
    await page.getByRole('button', { name: '修复后' }).click()
    await page.getByRole('button', { name: '采用修复' }).click()
    await expect(page.getByText('不重不漏')).toBeVisible()
  })

  await test.step('an edge is bent and its new vertex dragged on; the keys undo that and make it again', async () => {
    await choose(page, titles(other.beyond))
    await page.waitForTimeout(1500)
    const area = page.locator('.facts dd').first()
    const areas = [await area.textContent()]
    const at = await reach(page, 'copy')
    await hold(page, at, [24, 16])
    await expect(page.locator('.chip')).not.toHaveCount(0)
    await page.mouse.up()
    await expect(page.locator('.chip')).toHaveCount(0)
    await expect(area).not.toHaveText(areas[0] ?? '')
    areas.push(await area.textContent())
    await page.mouse.move(at[0] + 24, at[1] + 16)
    expect(await cursorNow(page)).toBe('grab')
    await hold(page, [at[0] + 24, at[1] + 16], [40, 30])
    await page.mouse.up()
    await expect(area).not.toHaveText(areas[1] ?? '')
    areas.push(await area.textContent())
    for (const [keys, now] of [['Control+z', 1], ['Control+z', 0], ['Control+Shift+Z', 1], ['Control+Shift+Z', 2], ['Control+z', 1], ['Control+z', 0]] as const) {
      await page.keyboard.press(keys)
      await expect(area).toHaveText(areas[now] ?? '')
    }
  })

  await test.step('what would break the grid is refused with where and why', async () => {
    await page.getByRole('button', { name: '平移边界' }).click()
    await hold(page, await reach(page, 'move'), [360, 240])
    await page.mouse.up()
    await expect(page.getByRole('alert').filter({ hasText: '没有改成' })).toBeVisible()
    await expect(page.locator('.refused-place')).toBeVisible()
    await page.keyboard.press('Escape')
    await page.keyboard.press('v')
  })

  await test.step('a vertex is moved by its coordinates, without a mouse', async () => {
    await choose(page, titles(seam.cell))
    await page.locator('.maplibregl-canvas').focus()
    const figures = page.getByRole('textbox', { name: '经度, 纬度' })
    const wanted = seam.at.map((degrees) => degrees.toFixed(7)).join(', ')
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press(']')
      if ((await figures.inputValue()) === wanted) break
    }
    await expect(figures).toHaveValue(wanted)
    await figures.fill(seam.inside.map((degrees) => degrees.toFixed(7)).join(', '))
    await page.getByRole('button', { name: '移过去' }).click()
    await expect(page.getByRole('button', { name: '撤销' })).toBeEnabled()
    await expect(figures).toHaveCount(0)
  })

  await test.step('it is compared with what is in force', async () => {
    await page.getByRole('button', { name: '与现行对比' }).click()
    await expect(page.getByRole('heading', { name: /范围改变 \d+ 格/ })).toBeVisible()
    const moved = page.locator('.diff li button', { hasText: `${titles(seam.cell)} → ${titles(seam.beyond)}` })
    await moved.click()
    await expect(moved).toHaveAttribute('aria-current', 'true')
  })

  await test.step('it is published, and says which record moves', async () => {
    await page.getByRole('button', { name: '发布', exact: true }).click()
    const dialog = page.locator('dialog[open]')
    await expect(dialog.getByText(`${titles(seam.cell)} → ${titles(seam.beyond)}`).first()).toBeVisible()
    await dialog.getByLabel('理由和依据').fill('依据镇政府会议纪要，按新测的界线调整。')
    await accessible(page)
    await fits(page)
    const tiles = wall.waitForRequest((request) => request.url().includes('/api/v1/tiles/') && !request.url().includes(before), { timeout: 60_000 })
    await dialog.getByRole('button', { name: '发布', exact: true }).click()
    await expect(dialog.getByText('新的网格已生效')).toBeVisible()
    await expect(dialog.getByRole('link', { name: reported.number ?? '' })).toBeVisible()
    await tiles
    await dialog.getByRole('button', { name: '完成' }).click()
  })

  const after = ((await (await fetch(`${town.url}/api/v1/map`)).json()) as { edition: string }).edition
  expect(after).not.toBe(before)
  const record = await (await town.as('dispatcher')).get<{ cell: string }>(`/records/${reported.record}`)
  expect(record.cell).toBe(seam.beyond)
  await expect(page.locator('.edition').first()).toContainText('按新测的界线调整')
  expect(scriptErrors()).toEqual([])
})

test('a border is cut, merged and divided; a time is set and taken back', async () => {
  test.setTimeout(300_000)
  const page = await town.open('/desk/grid', { as: 'admin' })
  await page.getByRole('button', { name: '从现行版本开始' }).first().click()
  await page.locator('dialog[open]').getByLabel('名称', { exact: true }).fill('试划')
  await page.getByRole('button', { name: '建立草案' }).click()
  await expect(page.getByText('不重不漏')).toBeVisible()
  await settled(page)
  const leaves = page.locator('.d-bar .g-tag').first()
  await expect(leaves).toHaveText('73 格')

  await test.step('split by a line drawn with the keys', async () => {
    await choose(page, titles(seam.cell))
    await page.locator('.maplibregl-canvas').focus()
    await page.keyboard.press('s')
    await page.keyboard.press(']')
    await page.keyboard.press('Enter')
    for (let i = 0; i < 8; i++) await page.keyboard.press(']')
    await page.keyboard.press('Enter')
    await page.getByLabel('中文名称').fill('彭干村新格')
    await page.getByRole('button', { name: '分割' }).last().click()
    await expect(leaves).toHaveText('74 格')
  })

  await test.step('the two are merged again', async () => {
    await expect(page.getByRole('heading', { name: '已选 2 格' })).toBeVisible()
    await page.getByRole('button', { name: '合并' }).last().click()
    await expect(leaves).toHaveText('73 格')
  })

  await test.step('households are loaded and counted', async () => {
    await page.getByRole('button', { name: '户数' }).first().click()
    const homes = cells.features.flatMap((feature) => (feature.geometry?.coordinates[0] ?? []).map(([lon, lat]) => `${lon},${lat},5`))
    await page.locator('dialog[open] input[type="file"]').setInputFiles({ name: 'households.csv', mimeType: 'text/csv', buffer: Buffer.from(['lon,lat,weight', ...homes].join('\n')) })
    await page.getByRole('button', { name: '载入', exact: true }).click()
    await expect(page.getByRole('button', { name: /[\d,]+ 户/ })).toBeVisible()
  })

  await test.step('a time for publication is set, and taken back', async () => {
    await choose(page, titles(seam.cell))
    await page.getByRole('button', { name: '名称、代码' }).click()
    await page.getByLabel('中文名称').fill('彭干村三格')
    await page.getByRole('button', { name: '保存' }).click()
    await expect(page.getByRole('heading', { name: '彭干村三格', level: 2 })).toBeVisible()
    await page.getByRole('button', { name: '发布', exact: true }).click()
    const dialog = page.locator('dialog[open]')
    await dialog.getByLabel('理由和依据').fill('试一试定时。')
    await dialog.getByRole('radio', { name: '定时' }).check()
    await dialog.getByRole('button', { name: '定时发布' }).click()
    await expect(page.getByText('在此之前不能修改')).toBeVisible()
    await page.getByRole('button', { name: '取消定时' }).click()
    await expect(page.getByRole('toolbar', { name: '编辑工具' })).toBeVisible()
  })
  expect(scriptErrors()).toEqual([])
})

for (const lang of ['zh', 'en'] as const) {
  test(`every screen of it in ${lang}: nothing for axe, nothing cut off, nothing in the other language`, async () => {
    test.setTimeout(400_000)
    const page = await town.open('/desk/grid', { as: 'admin', lang })
    const made = async (path: string, media: string, data: Buffer): Promise<string> => {
      const answer = await page.context().request.post(`${town.url}/api/v1/drafts${path}`, { headers: { 'gewang-client': 'e2e', 'content-type': media }, data })
      if (!answer.ok()) throw new Error(await answer.text())
      return ((await answer.json()) as { id: string }).id
    }
    const whole = await made('', 'application/json', Buffer.from(JSON.stringify({ title: 'A-1' })))
    const broken = await made('?title=B-1', 'application/octet-stream', Buffer.from(JSON.stringify(spoilt(cells, 'xudu-02', other))))
    const admin = await town.as('admin')
    const words = JSON.stringify([await town.ownWords(), await admin.get('/drafts'), await admin.get('/editions')])
    const look = async (name: string): Promise<void> => {
      await test.step(name, async () => {
        for (const scheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme: scheme })
          await expect(page.locator('html')).toHaveAttribute('data-theme', scheme)
          await accessible(page)
        }
        await fits(page)
        await translated(page, lang, words)
      })
    }
    await page.reload()
    await expect(page.locator('.edition').first()).toBeVisible()
    await look('home')
    await page.locator('.d-bar .g-button').first().click()
    await look('a file')
    await page.goto(`/desk/grid/${broken}`)
    await expect(page.locator('.panel .list li').first()).toBeVisible()
    await page.locator('.panel .list li button').first().click()
    await look('defects')
    await page.goto(`/desk/grid/${whole}`)
    await settled(page)
    await page.locator('.table .row').first().click()
    await expect(page.locator('.facts')).toBeVisible()
    await look('editor')
    await page.locator('.card header .g-button').first().click()
    await look('names and codes')
    await page.keyboard.press('Escape')
    await page.locator('.tools button').last().click()
    await look('suggestion')
    await page.keyboard.press('Escape')
    await page.locator('.d-bar .g-button.primary').click()
    await expect(page.locator('dialog[open] .two')).toBeVisible()
    await look('publication')
    await page.keyboard.press('Escape')
    await page.locator('aside .d-tab').last().click()
    await expect(page.locator('.diff, .nothing').first()).toBeVisible()
    await look('comparison')
    await page.setViewportSize({ width: 1920, height: 1080 })
    await fits(page)
    expect(scriptErrors()).toEqual([])
  })
}

test('whoever may not publish reads the editions', async () => {
  const page = await town.open('/desk/grid', { as: 'clerk' })
  await expect(page.locator('.edition').first()).toBeVisible()
  await expect(page.getByRole('button', { name: '载入文件' })).toHaveCount(0)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: '下载为 GeoJSON' }).first().click()
  expect((await download).suggestedFilename()).toMatch(/\.geojson$/)
})
