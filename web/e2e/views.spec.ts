// Every view of the surfaces behind a sign-in and of the front page, in both languages, at the sizes they are made for.
import type { Page } from '@playwright/test'
import { accessible, fits, translated } from './checks.ts'
import { PLACE, PNG, carry, type Done } from './client.ts'
import { type Opening, SIZES, expect, ownTown, scriptErrors, test } from './town.ts'

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

type Size = keyof typeof SIZES
interface View { name: string; path: () => string; act?: (page: Page) => Promise<void> }
/** Views that one person sees, one after the other in one browser. */
interface Round { of: string; opening: Opening; also?: Size[]; views: View[] }
const id = (which: keyof typeof made): string => made[which]?.record ?? ''
const view = (name: string, path: () => string, act?: View['act']): View => ({ name, path, ...(act ? { act } : {}) })
const inDesk = (path: () => string): (() => string) => () => `/desk/${path()}`
const inField = (path: () => string): (() => string) => () => `/field/${path()}`
const press = (keys: string, shows: string): View['act'] => async (page) => {
  await expect(page.locator('main, .shell').first()).toBeVisible()
  await page.keyboard.press(keys)
  await expect(page.locator(shows)).toBeVisible()
}
const kind = (mode: string): (() => string) => inDesk(() => `all/governance.matter?view=${mode}&scope=all`)

const ROUNDS: Round[] = [
  { of: 'home', opening: { size: 'laptop' }, also: ['screen', 'phone'], views: [view('front', () => '/')] },
  { of: 'desk', opening: { size: 'laptop' }, views: [view('sign-in', inDesk(() => ''))] },
  {
    of: 'desk',
    opening: { as: 'dispatcher', size: 'laptop' },
    also: ['screen', 'zoomed'],
    views: [
      view('queue', inDesk(() => 'queue?tab=mine')),
      view('record', inDesk(() => `queue?record=${id('fresh')}`)),
      view('action', inDesk(() => `queue?record=${id('fresh')}`), async (page) => {
        await page.locator('#actions button').nth(1).click()
        await expect(page.locator('#action-form form')).toBeVisible()
      }),
      view('palette', inDesk(() => 'queue'), press('Control+k', 'dialog[open], [role="dialog"]')),
      view('keys', inDesk(() => 'queue'), press('?', 'dialog[open]')),
      view('list', kind('list')),
      view('board', kind('board')),
      view('kind-map', kind('map')),
      view('kind-calendar', kind('calendar')),
      view('map', inDesk(() => 'map')),
      view('calendar', inDesk(() => 'calendar')),
      view('new', inDesk(() => 'new')),
    ],
  },
  { of: 'desk-clerk', opening: { as: 'clerk', size: 'laptop' }, views: [view('record', inDesk(() => `queue?record=${id('handling')}`))] },
  { of: 'desk-verifier', opening: { as: 'verifier', size: 'laptop' }, views: [view('record', inDesk(() => `queue?record=${id('closed')}`))] },
  { of: 'desk-admin', opening: { as: 'admin', size: 'laptop' }, also: ['screen'], views: [view('people', inDesk(() => 'people')), view('packs', inDesk(() => 'packs/governance'))] },
  { of: 'field', opening: { size: 'phone' }, views: [view('sign-in', inField(() => ''))] },
  {
    of: 'field',
    opening: { as: 'worker', size: 'phone', place: PLACE },
    views: [
      view('today', inField(() => '')),
      view('map', inField(() => 'map')),
      view('report', inField(() => 'report')),
      view('report-form', inField(() => 'report'), async (page) => {
        await page.locator('input[type="file"]').last().setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG })
      }),
      view('cases', inField(() => 'cases')),
      view('case', inField(() => `cases/${id('fresh')}`)),
      view('me', inField(() => 'me')),
      view('outbox', inField(() => 'outbox')),
    ],
  },
]

/** Waits until a view stands: its head line is there, no skeleton is left, its map is drawn. */
async function stands(page: Page): Promise<void> {
  await expect(page.locator('h1, h2, [role="heading"]').first()).toBeVisible()
  await expect(page.locator('.g-skeleton')).toHaveCount(0)
}

for (const round of ROUNDS) {
  for (const lang of ['zh', 'en'] as const) {
    test(`${round.of}${round.opening.as ? ` as ${round.opening.as}` : ''} in ${lang}: ${round.views.map((one) => one.name).join(', ')}`, async () => {
      test.setTimeout(300_000)
      const words = await town.ownWords()
      const page = await town.open('about:blank', { ...round.opening, lang })
      const found: string[] = []
      const check = async (name: string, ...checks: (() => Promise<void>)[]): Promise<void> => {
        for (const one of checks) await one().catch((error: unknown) => found.push(`${round.of} ${name}: ${error instanceof Error ? error.message : String(error)}`))
      }
      for (const one of round.views) {
        await test.step(one.name, async () => {
          await page.emulateMedia({ colorScheme: 'light' })
          await page.goto(one.path())
          await check(one.name, () => stands(page), () => one.act?.(page) ?? Promise.resolve())
          await check(one.name, () => accessible(page), () => fits(page), () => translated(page, lang, words))
          await page.emulateMedia({ colorScheme: 'dark' })
          await check(one.name, () => expect(page.locator('html')).toHaveAttribute('data-theme', 'dark'))
          await check(`${one.name}, dark`, () => accessible(page))
          for (const size of round.also ?? []) {
            await page.setViewportSize(SIZES[size])
            await check(`${one.name}, ${size}`, () => fits(page))
          }
          if (round.also) await page.setViewportSize(SIZES[round.opening.size ?? 'laptop'])
        })
      }
      expect(found.join('\n\n')).toBe('')
      expect(scriptErrors()).toEqual([])
    })
  }
}

const WALLS: { name: string; path: string; size: Size; as?: string }[] = [
  { name: 'sign-in', path: '', size: 'laptop' },
  { name: 'fault', path: '?scene=nothing&tile=9', size: 'screen', as: 'duty' },
  { name: '1280', path: '', size: 'small', as: 'duty' },
  { name: '1920', path: '', size: 'screen', as: 'duty' },
  { name: '3840', path: '', size: 'wall', as: 'duty' },
  { name: 'cells', path: '?scene=cells', size: 'wall', as: 'duty' },
  { name: 'duty', path: '?scene=duty', size: 'screen', as: 'duty' },
  { name: 'month', path: '?scene=month', size: 'screen', as: 'duty' },
  { name: 'tile-1-1', path: '?wall=2x2&tile=1,1', size: 'tile', as: 'duty' },
  { name: 'tile-2-1', path: '?wall=2x2&tile=2,1', size: 'tile', as: 'duty' },
  { name: 'tile-1-2', path: '?wall=2x2&tile=1,2', size: 'tile', as: 'duty' },
  { name: 'tile-2-2', path: '?wall=2x2&tile=2,2', size: 'tile', as: 'duty' },
]

for (const lang of ['zh', 'en'] as const) {
  test(`wall in ${lang}: ${WALLS.map((one) => one.name).join(', ')}`, async () => {
    test.setTimeout(300_000)
    const words = await town.ownWords()
    const found: string[] = []
    for (const { name, path, size, as } of WALLS) {
      await test.step(name, async () => {
        const page = await town.open(`/wall/${path}`, { size, lang, still: true, ...(as ? { as } : {}) })
        const tile = name.startsWith('tile')
        const checks = [
          () => stands(page),
          // What is not yet read is no nought: it says so until it is.
          () => (as && name !== 'fault' ? expect(page.locator('[data-stage-count="report"]')).toHaveText(/^\d+$/) : Promise.resolve()),
          () => accessible(page),
          // A tile shows a part of the picture, so what stands on its edge is cut there on purpose.
          () => (tile ? Promise.resolve() : fits(page)),
          () => translated(page, lang, words),
        ]
        for (const check of checks) await check().catch((error: unknown) => found.push(`wall ${name}: ${error instanceof Error ? error.message : String(error)}`))
        await page.context().close()
      })
    }
    expect(found.join('\n\n')).toBe('')
    expect(scriptErrors()).toEqual([])
  })
}

test('four tiles of a wall show one picture, in step', async () => {
  const boxes = new Map<string, { left: number; top: number }>()
  for (const tile of ['1,1', '2,1', '1,2', '2,2']) {
    const page = await town.open(`/wall/?wall=2x2&tile=${tile}`, { size: 'tile', as: 'duty', still: true })
    await expect(page.locator('[data-stage-count="report"]')).toHaveText(/^\d+$/)
    const [column = 1, row = 1] = tile.split(',').map(Number)
    const box = await page.locator('[data-stage-count="close"]').evaluate((element) => element.getBoundingClientRect().toJSON() as { left: number; top: number })
    boxes.set(tile, { left: box.left + (column - 1) * SIZES.tile.width, top: box.top + (row - 1) * SIZES.tile.height })
    await page.context().close()
  }
  const [first, ...others] = [...boxes.values()]
  for (const other of others) {
    expect(Math.abs(other.left - (first?.left ?? 0))).toBeLessThan(2)
    expect(Math.abs(other.top - (first?.top ?? 0))).toBeLessThan(2)
  }
})

test('the front page goes by keyboard', async () => {
  const page = await town.open('/', { size: 'zoomed' })
  await stands(page)
  await fits(page)
  await page.keyboard.press('Tab')
  await expect(page.locator(':focus')).toHaveAttribute('href', '#main')
})
