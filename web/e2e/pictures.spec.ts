// Takes the pictures of the documents, in a town that has lived for some days: `GEWANG_PICTURES=1 npm run e2e pictures`.
import { picture } from './checks.ts'
import { PLACE } from './client.ts'
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
