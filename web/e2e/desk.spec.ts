// The desk's work on many cases at once: on the map, in the list, and against somebody who works on the same.
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { type Done, PLACE } from './client.ts'
import { expect, ownTown, scriptErrors, test } from './town.ts'

const town = ownTown()
const LIST = '/desk/all/governance.matter?view=list&scope=open&order=newest'

function reported(summary: string, at = 0): Promise<Done> {
  return town.resident().command({ action: 'report', place: [PLACE[0] + at / 1000, PLACE[1]], data: { category: 'litter', severity: 'normal', summary } })
}

/** The middle of the map, where it shows the case that is open, once it stands still there. */
async function middle(page: Page): Promise<{ x: number; y: number }> {
  const canvas = page.locator('.map-work canvas.maplibregl-canvas')
  await expect(canvas).toBeVisible()
  const box = await canvas.boundingBox()
  if (!box) throw new Error('no map')
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  await expect(async () => {
    await page.mouse.move(at.x + 40, at.y)
    await page.mouse.move(at.x, at.y)
    expect(await canvas.evaluate((element) => element.style.cursor)).toBe('pointer')
  }).toPass()
  return at
}

test('the map shows the case that is open, and dragged onto a cell it is given to a post there', async () => {
  const made = await reported('拖到网格上的案件')
  const dispatcher = await town.as('dispatcher')
  await dispatcher.command({ record: made.record, action: 'register' })
  const page = await town.open(`/desk/map?record=${made.record}`, { as: 'dispatcher', still: true })
  const { x, y } = await middle(page)
  await page.mouse.down()
  await page.mouse.move(x + 60, y - 40, { steps: 4 })
  await page.mouse.move(x + 120, y - 80, { steps: 4 })
  await page.mouse.up()
  await page.locator('dialog[open] .ways button').first().click()
  await expect.poll(async () => (await dispatcher.get<{ assigned: { cell?: string }[] }>(`/records/${made.record}`)).assigned[0]?.cell, { timeout: 20_000 }).toBe('penggan-03')
  expect(scriptErrors()).toEqual([])
})

test('a line drawn around cases on the map ticks them', async () => {
  const made = await Promise.all([reported('圈中的一件', 1), reported('圈中的另一件', 2)])
  const page = await town.open(`/desk/map?record=${made[0]?.record ?? ''}`, { as: 'dispatcher', still: true })
  await middle(page)
  await page.getByRole('button', { name: '关闭' }).click()
  await page.getByRole('button', { name: '圈选' }).click()
  const box = await page.locator('.map-work canvas.maplibregl-canvas').boundingBox()
  if (!box) throw new Error('no map')
  const corner = (right: number, down: number): [number, number] => [box.x + box.width * right, box.y + box.height * down]
  await page.mouse.move(...corner(0.1, 0.15))
  await page.mouse.down()
  for (const [right, down] of [[0.9, 0.15], [0.9, 0.85], [0.1, 0.85], [0.1, 0.2]] as const) await page.mouse.move(...corner(right, down), { steps: 4 })
  await page.mouse.up()
  await expect(page.getByRole('region', { name: '对勾选的一起办理' })).toContainText(/已勾选 [2-9]/)
  // Lifting the pointer opened nothing.
  expect(new URL(page.url()).searchParams.get('record')).toBeNull()
})

test('many are acted on once, and each outcome is told', async () => {
  const made = await Promise.all([0, 1, 2, 3].map((at) => reported(`重复的上报 ${at}`, at)))
  const page = await town.open(LIST, { as: 'dispatcher' })
  for (const { number } of made) await page.locator('.rows [role="option"]', { hasText: number ?? '' }).locator('.tick').click()
  await page.locator('.bulk .actions button', { hasText: '不予受理' }).click()
  await page.locator('dialog[open] [data-field="reason"] :is(input, textarea)').fill('重复上报')
  const dispatcher = await town.as('dispatcher')
  await dispatcher.command({ record: made[1]?.record ?? '', action: 'register' })
  await page.locator('dialog[open] form button.primary').click()
  const outcomes = page.locator('dialog[open] .outcomes li')
  await expect(outcomes).toHaveCount(4)
  await expect(outcomes.filter({ hasText: '重复的上报 1' })).toHaveClass(/bad/)
  await expect(page.locator('dialog[open] .outcomes li.bad')).toHaveCount(1)
  await page.getByRole('button', { name: '知道了' }).click()
  await expect(page.locator('.bulk')).toHaveCount(0)
})

test('the queue is narrowed by words that stand together, and says where nothing has them', async () => {
  await reported('人民路12号门口的井盖松动', 1)
  await reported('人民路128号门口堆放建筑料', 2)
  const page = await town.open('/desk/queue?tab=all', { as: 'dispatcher' })
  const words = page.getByRole('searchbox', { name: '搜索摘要、编号' })
  const rows = page.locator('.rows [role="option"]')
  for (const [typed, found] of [['人民路12', 2], ['人民路12号', 1], ['井', 1]] as const) {
    await expect(async () => {
      await words.fill('')
      await words.fill(typed)
      await expect(rows).toHaveCount(found, { timeout: 2000 })
    }).toPass()
  }
  await words.fill('灯路')
  await expect(page.getByText('没有符合条件的事项')).toBeVisible()
  await page.getByRole('button', { name: '清除筛选' }).click()
  await expect(rows).not.toHaveCount(0)
  await expect(words).toHaveValue('')
  expect(scriptErrors()).toEqual([])
})

test('what is on the screen is exported as a table, its times as spreadsheets take them', async () => {
  await reported('导出的一件')
  const page = await town.open(LIST, { as: 'dispatcher' })
  await expect(page.locator('.rows [role="option"]').first()).toBeVisible()
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出' }).click()])
  const [head, first] = (await readFile(await file.path(), 'utf8')).split('\r\n')
  expect(head).toBe('\ufeff编号,摘要,事件类别,严重程度,网格,状态,承办方,时限')
  expect(first).toMatch(/^SJ\d{8}-\d{4},导出的一件,暴露垃圾,一般,彭干村03格,待受理,,\d{4}-\d\d-\d\d \d\d:\d\d$/)
})

test('a record that somebody else changed meanwhile shows both, and the choice is sent', async () => {
  const made = await reported('两人同时更正')
  const page = await town.open(`/desk/queue?tab=all&record=${made.record}`, { as: 'dispatcher' })
  await page.locator('#actions').getByRole('button', { name: /^更正类别/ }).click()
  await page.locator('#action-form [data-field="severity"] label', { hasText: '紧急' }).click()
  await page.locator('#action-form [data-field="reason"] :is(input, textarea)').fill('井口没有盖')
  const dispatcher = await town.as('dispatcher')
  await dispatcher.command({ record: made.record, action: 'correct', data: { severity: 'serious', reason: '先看了一眼' } })
  await page.locator('#action-form form button:not([type="button"])').last().click()
  const both = page.getByRole('alertdialog')
  await expect(both.locator('.side')).toHaveCount(2)
  await both.locator('.side', { hasText: '紧急' }).click()
  await both.locator('button.primary').click()
  await expect.poll(async () => (await dispatcher.get<{ fields: { severity: string; reason?: string } }>(`/records/${made.record}`)).fields).toMatchObject({ severity: 'urgent' })
})
