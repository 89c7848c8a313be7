import type { Page } from '@playwright/test'
import { PLACE, PNG } from './client.ts'
import { expect, ownTown, scriptErrors, test } from './town.ts'

const town = ownTown()
const CHECK = /^现场核实/

/** A case in the worker's cell. */
async function reported(summary: string): Promise<string> {
  const made = await (await town.as('worker')).command({ action: 'report', place: PLACE, data: { category: 'streetlight', severity: 'normal', summary } })
  return made.record
}

/** The form to check on the spot, opened on the worker's phone. */
async function checking(record: string): Promise<Page> {
  const page = await town.open(`/field/cases/${record}`, { as: 'worker', size: 'phone', place: PLACE })
  await page.getByRole('link', { name: CHECK }).click()
  await page.locator('[data-field="finding"] label').first().click()
  return page
}

async function fieldsOf(record: string): Promise<{ state: string; fields: { finding?: string; finding_photos?: string[] } }> {
  return (await town.as('dispatcher')).get(`/records/${record}`)
}

test('done on the spot without network, with a photo, it is sent once there is one', async () => {
  const record = await reported('路灯不亮')
  const page = await checking(record)
  await page.context().setOffline(true)
  await page.locator('form input[type="file"]').first().setInputFiles({ name: 'lamp.png', mimeType: 'image/png', buffer: PNG })
  await expect(page.locator('form img')).toHaveCount(1)
  await page.locator('form button.primary').click()
  await expect(page.getByText('“现场核实”在等信号')).toBeVisible()
  expect((await fieldsOf(record)).fields.finding).toBeUndefined()
  await page.context().setOffline(false)
  await expect.poll(async () => (await fieldsOf(record)).fields.finding_photos?.length).toBe(1)
  await expect(page.getByText('“现场核实”在等信号')).toHaveCount(0)
  expect(scriptErrors()).toEqual([])
})

test('a case that somebody else ended meanwhile shows both, and what was written stays to be read', async () => {
  const record = await reported('路灯一闪一闪')
  const page = await checking(record)
  await (await town.as('dispatcher')).command({ record, action: 'decline', data: { reason: '不在本镇' } })
  await page.locator('form button.primary').click()
  const both = page.getByRole('alertdialog')
  await expect(both).toBeVisible()
  await expect(both).toContainText('不予受理')
  expect((await fieldsOf(record)).state).toBe('declined')
})

test('in a browser of another time zone the times are the town’s', async () => {
  const record = await reported('路灯整夜不灭')
  const page = await town.open(`/field/cases/${record}`, { as: 'worker', size: 'phone', place: PLACE, zone: 'America/New_York' })
  const told = page.locator('ol.track time').first()
  const at = await told.getAttribute('datetime')
  const clock = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at ?? 0))
  await expect(told).toContainText(clock)
})

test('the tabs of one person share one live connection, also when the one that holds it closes', async () => {
  const first = await town.open('/field/', { as: 'worker', size: 'phone', place: PLACE })
  const asked: string[] = []
  const held = (): Promise<number> => last.evaluate(async () => ((await navigator.locks.query()).held ?? []).filter(({ name }) => name?.startsWith('gewang.live.')).length)
  first.context().on('request', (request) => request.url().includes('/api/v1/live') && asked.push(request.url()))
  const tabs = [first]
  for (let n = 0; n < 4; n++) {
    const tab = await first.context().newPage()
    await tab.goto('/field/')
    tabs.push(tab)
  }
  const last = tabs.at(-1) ?? first
  await expect.poll(held).toBe(1)
  await first.close()
  await reported('多个标签页')
  for (const tab of tabs.slice(1)) await expect(tab.getByText('多个标签页')).toBeVisible()
  expect(asked.length).toBeLessThanOrEqual(2)
  expect(scriptErrors()).toEqual([])
})

test('a report written after the session ended arrives as the person who signs in again', async () => {
  const page = await town.open('/field/report', { as: 'worker', size: 'phone', place: PLACE })
  await page.locator('.tiles .tile').first().click()
  // Signed out elsewhere with the same cookie, which this browser goes on sending.
  const cookies = await page.context().cookies()
  const out = await page.context().request.delete(`${town.url}/api/v1/session`, { headers: { 'gewang-client': 'e2e' } })
  expect(out.ok()).toBe(true)
  await page.context().addCookies(cookies)
  await page.locator('textarea').first().fill('登录过期以后写的')
  const send = page.locator('.f-foot button.primary')
  const again = page.locator('dialog[open]')
  // Whatever the page asks for next finds it out: the sending, or something that it asked for before.
  await expect(async () => {
    if (!(await again.isVisible())) await send.click({ timeout: 1000 })
    await expect(again).toBeVisible({ timeout: 1000 })
  }).toPass()
  await again.locator('input[type="password"]').fill(town.server.password('worker'))
  await again.locator('button:not([type="button"])').last().click()
  await expect(again).toHaveCount(0)
  await expect(async () => {
    if (await send.isVisible()) await send.click({ timeout: 1000 })
    await expect(send).toHaveCount(0, { timeout: 2000 })
  }).toPass()
  const worker = await town.as('worker')
  const me = await worker.get<{ person: string }>('/session')
  await expect
    .poll(async () => {
      const { records } = await worker.get<{ records: { fields: { summary: string }; reporters: { person?: string }[] }[] }>('/records?reporter=me&order=newest&limit=5')
      return records.find((one) => one.fields.summary === '登录过期以后写的')?.reporters[0]?.person
    })
    .toBe(me.person)
})
