// Takes the pictures of the documents, in a town that has lived for some days: `GEWANG_PICTURES=1 npm run e2e pictures`.
import { picture } from './checks.ts'
import { PLACE } from './client.ts'
import { choose, hold, reach } from './editor.ts'
import { type Opening, expect, ownTown, test } from './town.ts'

const town = ownTown({ history: 3, simulator: 20 })

test.beforeAll(async () => {
  // What a grid worker is to look at on the way.
  for (const [at, category, summary] of [[-2, 'litter', '公交站旁垃圾没人收'], [1, 'dirty_road', '村口路面有泥'], [4, 'streetlight', '三号路灯不亮']] as const) {
    await town.resident().command({ action: 'report', place: [PLACE[0] + at / 1000, PLACE[1] + at / 2000], data: { category, severity: 'normal', summary } })
  }
})

const PICTURES: [name: string, path: string, opening: Opening, shows: string][] = [
  ['desk', '/desk/queue', { as: 'dispatcher', size: 'laptop' }, '#actions button'],
  ['field', '/field/', { as: 'worker', size: 'phone', place: PLACE }, 'main, .f-page'],
  ['public', '/public/report', { size: 'phone', place: PLACE }, '[data-code]'],
  ['wall', '/wall/?scene=flow', { as: 'duty', size: 'screen' }, '.card'],
  ['home', '/', { as: 'duty', size: 'laptop' }, '#people'],
]

for (const lang of ['zh', 'en'] as const) {
  for (const [name, path, opening, shows] of PICTURES) {
    test(`${name} in ${lang}`, async () => {
      const page = await town.open(path, { ...opening, lang })
      await expect(page.locator(shows).first()).toBeVisible()
      await expect(page.locator('.g-skeleton')).toHaveCount(0)
      // The wall without its alarm, where it ends soon.
      if (name === 'wall') await expect(page.getByRole('alert')).toHaveCount(0, { timeout: 5_000 }).catch(() => undefined)
      if (name === 'desk') await page.keyboard.press('j')
      // Maps and live thumbnails draw in software and tell nobody when they are done.
      await page.waitForTimeout(name === 'home' ? 25_000 : 8000)
      await picture(page, `${name}-${lang}`, name === 'wall' ? 'jpg' : 'png')
    })
  }
}

test('the grid editor with a border held', async () => {
  const page = await town.open('/desk/grid', { as: 'admin', size: 'laptop' })
  await page.getByRole('button', { name: '从现行版本开始' }).first().click()
  await page.locator('dialog[open]').getByLabel('名称', { exact: true }).fill('彭干村调整')
  await page.getByRole('button', { name: '建立草案' }).click()
  await expect(page.getByText('不重不漏')).toBeVisible()
  // Households in rows all over the town.
  const homes = Array.from({ length: 9000 }, (_, i) => `${(119.92 + ((i * 37) % 1009) * 0.00014).toFixed(6)},${(31.35 + ((i * 61) % 997) * 0.00014).toFixed(6)},6`)
  await page.getByRole('button', { name: '户数' }).first().click()
  await page.locator('dialog[open] input[type="file"]').setInputFiles({ name: 'households.csv', mimeType: 'text/csv', buffer: Buffer.from(['lon,lat,weight', ...homes].join('\n')) })
  await page.getByRole('button', { name: '载入', exact: true }).click()
  await expect(page.getByRole('button', { name: /[\d,]+ 户/ })).toBeVisible()
  await choose(page, '彭干村03格')
  await page.waitForTimeout(5000)
  await hold(page, await reach(page, 'copy'), [120, 40])
  await page.waitForTimeout(5000)
  await picture(page, 'grid-editor')
  await page.mouse.up()
})
