import { PLACE, PNG, carry } from './client.ts'
import { accessible, fits, translated } from './checks.ts'
import { expect, ownTown, scriptErrors, test } from './town.ts'
import type { Page } from '@playwright/test'

const town = ownTown()
const AT = PLACE.join(',')
const QR = `/public/report?at=${AT}&name=${encodeURIComponent('彭干村口公交站')}`
const PHOTO = { name: 'bus-stop.png', mimeType: 'image/png', buffer: PNG }

/** Writes a report by the page and sends it. */
async function report(page: Page, category: string): Promise<void> {
  await page.getByTestId('album').setInputFiles(PHOTO)
  await page.locator(`[data-code="${category}"]`).click()
  await page.getByTestId('send').click()
}

test('a report from a QR code takes a photo, a category and Send, and is followed to its end', async () => {
  const page = await town.open(QR, { size: 'phone' })
  await expect(page.getByText('彭干村口公交站').first()).toBeVisible()
  await report(page, 'litter')
  await expect(page).toHaveURL(/\/public\/follow\/[0-9a-f-]{36}$/)
  await expect(page.locator('article')).toHaveAttribute('data-stage', 'report')
  const link = await page.locator('#link').inputValue()
  expect(link).toMatch(/\/public\/follow\/[0-9a-f-]{36}#[\w-]{16,}$/)
  const [record = '', token = ''] = link.split('/follow/')[1]?.split('#') ?? []

  // Somebody else's phone, by the link alone: it moves on as the case does.
  const other = await town.open(new URL(link).pathname + new URL(link).hash, { size: 'phone', lang: 'en' })
  await expect(other.locator('article')).toHaveAttribute('data-stage', 'report')
  const made = { outcome: 'done', record }
  await carry(town.server, made, 'closed')
  await page.reload()
  await expect(page.locator('article')).toHaveAttribute('data-end', 'settled')
  await expect(page.getByText('已清理干净')).toBeVisible()

  await page.getByTestId('yes').click()
  await page.getByText('非常满意', { exact: true }).first().click()
  await page.getByTestId('ask-send').click()
  await expect(page.getByText('谢谢您的评价')).toBeVisible()
  const seen = await town.resident({ record, token }).get<{ fields: { satisfaction: string } }>(`/records/${record}`)
  expect(seen.fields.satisfaction).toBe('very_satisfied')

  await other.reload()
  await other.getByRole('button', { name: 'not solved after all' }).click()
  await other.getByLabel('Reason').fill('还有一堆')
  await other.getByTestId('ask-send').click()
  await expect(other.getByText('asked to take it up again')).toBeVisible()
  expect(scriptErrors()).toEqual([])
})

test('nothing typed is lost when the network fails at Send, and it arrives once', async () => {
  const page = await town.open(QR, { size: 'phone' })
  await page.getByTestId('album').setInputFiles(PHOTO)
  await page.locator('[data-code="streetlight"]').click()
  await page.locator('#words').fill('三号路灯不亮')
  await page.reload()
  await expect(page.locator('#words')).toHaveValue('三号路灯不亮')
  await expect(page.locator('.tray img')).toHaveCount(1)

  await page.context().setOffline(true)
  await page.getByTestId('send').click()
  await expect(page.getByTestId('waiting')).toBeVisible()
  await page.context().setOffline(false)
  await expect(page).toHaveURL(/\/public\/follow\//, { timeout: 30_000 })
  const found = await (await town.as('dispatcher')).get<{ records: { fields: { summary: string; photos?: string[] } }[] }>('/records?limit=500')
  const arrived = found.records.filter((record) => record.fields.summary === '三号路灯不亮')
  expect(arrived).toHaveLength(1)
  expect(arrived[0]?.fields.photos).toHaveLength(1)
})

test('a report waits through a restart of the server and of the page', async () => {
  const page = await town.open(QR, { size: 'phone' })
  await page.locator('[data-code="noise"]').click()
  await page.locator('#words').fill('夜里施工')
  await town.server.restart(async () => {
    await page.getByTestId('send').click()
    await expect(page.getByTestId('waiting')).toBeVisible({ timeout: 60_000 })
  })
  await page.goto('/public/')
  await expect(page.getByText('夜里施工')).toBeVisible()
  await expect(page.getByTestId('waiting')).toHaveCount(0, { timeout: 60_000 })
  await expect(page.locator('a[href*="/public/follow/"]').first()).toContainText('夜里施工')
})

test('likely the same thing is shown and joined in one tap', async () => {
  await town.resident().command({ action: 'report', place: PLACE, data: { category: 'manhole', severity: 'normal', summary: '井盖破了' } })
  const page = await town.open(QR, { size: 'phone' })
  await page.locator('[data-code="manhole"]').click()
  await expect(page.getByTestId('likely')).toBeVisible()
  await page.getByTestId('likely').getByRole('button').first().click()
  await page.getByTestId('send').click()
  await expect(page).toHaveURL(/\/public\/follow\//)
})

test('what is missing or wrong is said at its place', async () => {
  const page = await town.open('/public/report', { size: 'phone', place: 'denied' })
  await page.locator('[data-code="litter"]').click()
  await page.getByTestId('send').click()
  await expect(page.getByText('请说明在哪里。')).toBeVisible()
  const outside = await town.open('/public/report?at=116.4,39.9&name=x', { size: 'phone' })
  await outside.locator('[data-code="litter"]').click()
  await expect(outside.locator('#place .g-error')).toBeVisible()
})

test('a place outside the town is put into the nearest cell in one tap', async () => {
  const page = await town.open('/public/report?at=119.985,31.55&name=x', { size: 'phone' })
  await page.locator('#place').getByTestId('nearest').click()
  await expect(page.locator('#place .g-error')).toHaveCount(0)
  await expect(page.locator('#place')).toContainText(/格/)
})

test('a link with a wrong token opens nothing', async () => {
  const made = await town.resident().command({ action: 'report', place: PLACE, data: { category: 'dust', severity: 'normal', summary: '扬尘' } })
  const page = await town.open(`/public/follow/${made.record}#AAAAAAAAAAAAAAAAAAAAAA`, { size: 'phone' })
  await expect(page.getByText('打不开这件上报')).toBeVisible()
  await expect(page.getByText('扬尘')).toHaveCount(0)
})

test('no request leaves the town, and little is loaded before the map', async () => {
  const page = await town.open('about:blank', { size: 'phone' })
  const asked: string[] = []
  let bytes = 0
  page.on('request', (request) => asked.push(request.url()))
  page.on('response', (response) => {
    void response
      .request()
      .sizes()
      .then((sizes) => (bytes += sizes.responseBodySize))
      .catch(() => undefined)
  })
  await page.goto(QR)
  await page.locator('[data-code="litter"]').click()
  await page.waitForLoadState('networkidle')
  expect(asked.filter((url) => !url.startsWith(town.url) && !url.startsWith('blob:') && !url.startsWith('data:'))).toEqual([])
  expect(bytes).toBeLessThan(200_000)
})

for (const lang of ['zh', 'en'] as const) {
  test(`every public view in ${lang} is accessible, whole and in one language`, async () => {
    test.setTimeout(240_000)
    const made = await town.resident().command({ action: 'report', place: PLACE, data: { category: 'litter', severity: 'normal', summary: '公交站旁垃圾没人收' } })
    await carry(town.server, made, 'closed')
    const views: [string, string, ((page: Page) => Promise<void>)?][] = [
      ['front', '/public/'],
      ['report', QR, async (page) => void (await page.locator('details.more summary').click())],
      ['follow', `/public/follow/${made.record}#${made.follow?.token}`],
      ['unknown', '/public/follow/SJ20200101-0001'],
      ['qr', `/public/qr?at=${AT}&name=${encodeURIComponent('彭干村口公交站')}`],
    ]
    const words = (await town.ownWords()) + '彭干村口公交站公交站旁垃圾没人收已清理干净现场已干净'
    for (const [name, path, act] of views) {
      for (const dark of [false, true]) {
        const page = await town.open(path, { size: 'phone', lang, dark })
        await expect(page.locator('main h1, main h2').first()).toBeVisible()
        await page.waitForLoadState('networkidle')
        await act?.(page)
        await test.step(`${name}${dark ? ', dark' : ''}`, async () => {
          await accessible(page)
          await fits(page)
          await translated(page, lang, words)
        })
        await page.close()
      }
    }
    expect(scriptErrors()).toEqual([])
  })
}
