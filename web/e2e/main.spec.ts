// The whole main job through the four surfaces, with the wall open all the while and never loaded again.
import type { Locator, Page } from '@playwright/test'
import { PLACE, PNG } from './client.ts'
import { expect, ownTown, scriptErrors, test } from './town.ts'

const town = ownTown()
const PHOTO = { name: 'after.png', mimeType: 'image/png', buffer: PNG }
type Stage = 'report' | 'triage' | 'handle' | 'close'

/** A case's card on the wall, which says only the end of its number. */
function card(wall: Page, number: string | undefined, stage?: Stage): Locator {
  const short = number?.split('-').at(-1) ?? ''
  return wall.locator(`.card[data-number="${short}"]${stage ? `[data-stage="${stage}"]` : ''}:not([aria-hidden])`)
}

/** Does an action on the desk as its form asks, by its name on the button. */
async function onDesk(as: string, record: string, action: string, fill?: (form: Locator) => Promise<void>): Promise<void> {
  const page = await town.open(`/desk/queue?record=${record}`, { as })
  await page.locator('#actions').getByRole('button', { name: new RegExp(`^${action}`) }).click()
  await send(page.locator('#action-form'), fill)
  await expect(page.locator('#action-form')).toHaveCount(0)
  await page.context().close()
}

async function send(form: Locator, fill?: (form: Locator) => Promise<void>): Promise<void> {
  await expect(form.locator('form')).toBeVisible()
  await fill?.(form)
  await form.locator('form button:not([type="button"])').last().click()
}

async function photoInto(form: Locator, field: string): Promise<void> {
  await form.locator(`[data-field="${field}"] input[type="file"]`).last().setInputFiles(PHOTO)
  await expect(form.locator(`[data-field="${field}"] img`)).toBeVisible()
}

test('a report is sent, triaged, handled, verified, closed and judged, and the wall shows every step', async () => {
  test.setTimeout(420_000)
  const wall = await town.open('/wall/', { as: 'duty', size: 'screen', still: true })
  await expect(wall.locator('[data-stage-count="report"]')).toBeVisible()
  await wall.evaluate(() => Object.assign(window, { sinceBegin: true }))
  const dispatcher = await town.as('dispatcher')
  const { all } = await dispatcher.get<{ all: { by_stage: Record<Stage, number> } }>('/figures')
  for (const stage of ['report', 'triage', 'handle'] as const) {
    await expect(wall.locator(`[data-stage-count="${stage}"]`)).toHaveText(String(all.by_stage[stage]))
  }
  const before = { ...all.by_stage, close: Number(await wall.locator('[data-stage-count="close"]').innerText()) }

  // A resident, from the code at the bus stop.
  const phone = await town.open(`/public/report?at=${PLACE.join(',')}&name=${encodeURIComponent('彭干村口公交站')}`, { size: 'phone' })
  await phone.getByTestId('album').setInputFiles(PHOTO)
  await phone.locator('[data-code="litter"]').click()
  await phone.getByTestId('send').click()
  await expect(phone).toHaveURL(/\/public\/follow\//)
  const record = new URL(phone.url()).pathname.split('/').at(-1) ?? ''
  const { number } = await dispatcher.get<{ number: string }>(`/records/${record}`)

  /** The card stands in its lane, the lane counts it, and the page is the one that was opened at the start. */
  const onWall = async (stage: Stage): Promise<void> => {
    await expect(card(wall, number, stage)).toBeVisible()
    if (stage !== 'close') await expect(wall.locator(`[data-stage-count="${stage}"]`)).toHaveText(String(before[stage] + 1))
    expect(await wall.evaluate(() => 'sinceBegin' in window)).toBe(true)
  }
  await onWall('report')

  await onDesk('dispatcher', record, '受理立案')
  await onWall('triage')
  // Whom the routes name is chosen already.
  await onDesk('dispatcher', record, '派遣')
  await onWall('handle')
  await onDesk('clerk', record, '签收')
  await onDesk('clerk', record, '处置完成', async (form) => {
    await form.locator('[data-field="result"] textarea').fill('已清理干净')
    await photoInto(form, 'after_photos')
  })
  await onWall('handle')
  await onDesk('head', record, '审核反馈')
  await onWall('close')

  // On the spot, by phone, by somebody who has not handled it.
  const field = await town.open(`/field/cases/${record}/verify`, { as: 'verifier', size: 'phone', place: PLACE })
  await send(field.locator('.f-page'), async (form) => {
    await form.locator('[data-field="verification"] :is(input, textarea)').fill('现场已干净')
    await photoInto(form, 'verified_photos')
  })
  await expect.poll(async () => (await dispatcher.get<{ state: string }>(`/records/${record}`)).state).toBe('verified')
  await onDesk('dispatcher', record, '结案')
  await expect(wall.locator('[data-stage-count="close"]')).toHaveText(String(before.close + 1))
  await onWall('close')

  await phone.reload()
  await expect(phone.locator('article')).toHaveAttribute('data-end', 'settled')
  await phone.getByTestId('yes').click()
  await phone.getByText('非常满意', { exact: true }).first().click()
  await phone.getByTestId('ask-send').click()
  await expect(phone.getByText('谢谢您的评价')).toBeVisible()
  const { fields } = await dispatcher.get<{ fields: { satisfaction: string } }>(`/records/${record}`)
  expect(fields.satisfaction).toBe('very_satisfied')
  expect(scriptErrors()).toEqual([])
})

test('the four surfaces stay open while the server goes and comes back, and what happened meanwhile is there', async () => {
  test.setTimeout(300_000)
  const pages: Page[] = [
    await town.open('/wall/', { as: 'duty', size: 'screen', still: true }),
    await town.open('/desk/queue?tab=all', { as: 'dispatcher' }),
    await town.open('/field/', { as: 'worker', size: 'phone', place: PLACE }),
    await town.open('/public/', { size: 'phone' }),
  ]
  const [wall, desk] = pages as [Page, Page]
  await expect(wall.locator('[data-stage-count="report"]')).toHaveText(/^\d+$/)
  for (const page of pages) await page.evaluate(() => Object.assign(window, { sinceBegin: true }))
  await town.server.restart(async () => {
    await expect(wall.locator('.band[role="alert"]')).toBeVisible({ timeout: 40_000 })
  })
  const made = await town.resident().command({ action: 'report', place: PLACE, data: { category: 'dust', severity: 'normal', summary: '重启以后的上报' } })
  await expect(card(wall, made.number)).toBeVisible({ timeout: 60_000 })
  await expect(wall.locator('.band[role="alert"]')).toHaveCount(0)
  await expect(desk.getByText('重启以后的上报').first()).toBeVisible({ timeout: 60_000 })
  for (const page of pages) expect(await page.evaluate(() => 'sinceBegin' in window)).toBe(true)
  expect(scriptErrors()).toEqual([])
})

test('a live stream that is cut is told, resumed, and misses nothing', async () => {
  test.setTimeout(240_000)
  const wall = await town.open('/wall/', { as: 'duty', size: 'screen', still: true })
  await expect(wall.locator('[data-stage-count="report"]')).toHaveText(/^\d+$/)
  town.server.cut()
  await expect(wall.locator('.band[role="alert"]')).toBeVisible({ timeout: 60_000 })
  const made = await Promise.all(
    ['noise', 'streetlight', 'standing_water'].map((category, at) =>
      town.resident().command({ action: 'report', place: [PLACE[0] + at / 500, PLACE[1]], data: { category, severity: 'normal', summary: `断线时的上报${at}` } }),
    ),
  )
  town.server.mend()
  for (const { number } of made) await expect(card(wall, number)).toBeVisible({ timeout: 60_000 })
  await expect(wall.locator('.band[role="alert"]')).toHaveCount(0)
})

test('a map whose tiles did not come asks for them again', async () => {
  const wall = await town.open('about:blank', { as: 'duty', size: 'screen', still: true })
  await wall.route('**/api/v1/tiles/**', (route) => route.abort())
  const [lost] = await Promise.all([wall.waitForEvent('requestfailed', (request) => request.url().includes('/tiles/')), wall.goto('/wall/?scene=flow')])
  await wall.unroute('**/api/v1/tiles/**')
  await wall.waitForResponse((answer) => answer.url() === lost.url() && answer.ok(), { timeout: 30_000 })
})

test('a session that ended is asked for again on the page, and what was typed is still there', async () => {
  const made = await town.resident().command({ action: 'report', place: PLACE, data: { category: 'piled_goods', severity: 'normal', summary: '乱堆的木料' } })
  const page = await town.open(`/desk/queue?record=${made.record}`, { as: 'dispatcher' })
  await page.locator('#actions').getByRole('button', { name: /^不予受理/ }).click()
  const reason = page.locator('#action-form [data-field="reason"] :is(input, textarea)')
  await reason.fill('不在本镇范围')
  await page.context().clearCookies()
  await page.locator('#action-form form button:not([type="button"])').last().click()
  const again = page.locator('dialog[open]')
  await expect(again.locator('input[type="password"]')).toBeVisible()
  await expect(reason).toHaveValue('不在本镇范围')
  await again.locator('input[type="password"]').fill(town.server.password('dispatcher'))
  await again.locator('button:not([type="button"])').last().click()
  await expect.poll(async () => (await (await town.as('dispatcher')).get<{ state: string }>(`/records/${made.record}`)).state).toBe('declined')
  const { fields } = await (await town.as('dispatcher')).get<{ fields: { reason?: string } }>(`/records/${made.record}`)
  expect(fields.reason).toBe('不在本镇范围')
  await expect(again).toHaveCount(0)
})
