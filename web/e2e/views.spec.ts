// Every view of the surfaces behind a sign-in and of the front page, in both languages, at the sizes they are made for.
import type { Page } from '@playwright/test'
import { accessible, fits, picture, translated } from './checks.ts'
import { PLACE, carry, type Done } from './client.ts'
import { type Opening, expect, ownTown, scriptErrors, test } from './town.ts'

const town = ownTown()
const made: Record<'fresh' | 'handling' | 'closed', Done | undefined> = { fresh: undefined, handling: undefined, closed: undefined }

test.beforeAll(async () => {
  const report = (summary: string, at: number): Promise<Done> =>
    town.resident().command({ action: 'report', place: [PLACE[0] + at / 1000, PLACE[1]], data: { category: 'litter', severity: 'normal', summary } })
  made.fresh = await report('公交站旁垃圾没人收', 0)
  made.handling = await report('菜场门口垃圾堆放', 1)
  made.closed = await report('河边有建筑垃圾', 2)
  await carry(town.server, made.handling, 'handling')
  await carry(town.server, made.closed, 'closed')
})

interface View { name: string; path: () => string; opening: Opening; ready?: (page: Page) => Promise<void> }
const id = (which: keyof typeof made): string => made[which]?.record ?? ''
const desk = (name: string, path: () => string, as = 'dispatcher'): View => ({ name: `desk-${name}`, path: () => `/desk/${path()}`, opening: { as, size: 'laptop' } })
const field = (name: string, path: () => string): View => ({ name: `field-${name}`, path: () => `/field/${path()}`, opening: { as: 'worker', size: 'phone', place: PLACE } })
const wall = (name: string, path: () => string, size: 'screen' | 'wall' | 'laptop'): View => ({ name: `wall-${name}`, path: () => `/wall/${path()}`, opening: { as: 'duty', size } })

const VIEWS: View[] = [
  { name: 'home', path: () => '/', opening: { size: 'laptop' } },
  { name: 'home-phone', path: () => '/', opening: { size: 'phone' } },
  desk('queue', () => 'queue'),
  desk('record', () => `queue?record=${id('fresh')}`),
  desk('record-handling', () => `queue?record=${id('handling')}`, 'clerk'),
  desk('record-closed', () => `queue?record=${id('closed')}`, 'verifier'),
  desk('list', () => 'all/governance.matter'),
  desk('map', () => 'map'),
  desk('calendar', () => 'calendar'),
  desk('people', () => 'people', 'admin'),
  desk('packs', () => 'packs/governance', 'admin'),
  desk('new', () => 'new'),
  { name: 'desk-sign-in', path: () => '/desk/', opening: { size: 'laptop' } },
  field('today', () => ''),
  field('map', () => 'map'),
  field('report', () => 'report'),
  field('cases', () => 'cases'),
  field('case', () => `cases/${id('fresh')}`),
  field('me', () => 'me'),
  field('outbox', () => 'outbox'),
  { name: 'field-sign-in', path: () => '/field/', opening: { size: 'phone' } },
  wall('1280', () => '', 'laptop'),
  wall('1920', () => '', 'screen'),
  wall('3840', () => '', 'wall'),
  wall('tile', () => '?wall=2x2&tile=1,2', 'wall'),
]

for (const view of VIEWS) {
  for (const lang of ['zh', 'en'] as const) {
    test(`${view.name} in ${lang}`, async () => {
      const page = await town.open(view.path(), { ...view.opening, lang })
      await expect(page.locator('h1, h2, [role="heading"]').first()).toBeVisible()
      await expect(page.locator('.g-skeleton')).toHaveCount(0)
      await view.ready?.(page)
      await picture(page, `${view.name}-${lang}`)
      const found: string[] = []
      for (const check of [() => accessible(page), () => fits(page), () => town.ownWords().then((words) => translated(page, lang, words))]) {
        await check().catch((error: unknown) => found.push(error instanceof Error ? error.message : String(error)))
      }
      expect(found.join('\n\n')).toBe('')
      expect(scriptErrors()).toEqual([])
    })
  }
}

test('the front page zooms to 200 % and goes by keyboard', async () => {
  const page = await town.open('/', { size: 'laptop' })
  await page.setViewportSize({ width: 720, height: 450 })
  await fits(page)
  await page.keyboard.press('Tab')
  await expect(page.locator(':focus')).toHaveAttribute('href', '#main')
})
