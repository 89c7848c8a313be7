// What a hand does in the grid editor.
import { type Page, expect } from '@playwright/test'

/** Chooses a cell from the table, which flies to it. */
export async function choose(page: Page, title: string): Promise<void> {
  await page.getByRole('searchbox', { name: '查找网格' }).fill(title)
  await page.getByRole('option', { name: title }).click()
  await expect(page.getByRole('heading', { name: title, level: 2 })).toBeVisible()
  await page.getByRole('searchbox', { name: '查找网格' }).fill('')
}

/** Moves the pointer outwards from the middle of the map until it would take hold of a border: where that is. */
export async function reach(page: Page, cursor: 'copy' | 'move'): Promise<[number, number]> {
  const box = await page.locator('.maplibregl-canvas').boundingBox()
  if (!box) throw new Error('no map')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  for (const [right, down] of [[1, 0.2], [-0.2, 1], [0.3, -1], [-1, -0.1]] as const) {
    for (let far = 16; far < box.height / 2 - 40; far += 6) {
      const at: [number, number] = [x + far * right, y + far * down]
      await page.mouse.move(...at)
      if ((await cursorNow(page)) === cursor) return at
    }
  }
  throw new Error(`nothing to ${cursor}`)
}

/** Takes hold of what is there and leads it so far; it is still held then. */
export async function hold(page: Page, [x, y]: [number, number], [right, down]: [number, number]): Promise<void> {
  await page.mouse.move(x, y)
  await page.mouse.down()
  for (let i = 1; i <= 8; i++) await page.mouse.move(x + (right * i) / 8, y + (down * i) / 8)
}

/** The cursor once the frame is done in which the pointer came to be where it is. */
export function cursorNow(page: Page): Promise<string> {
  return page.evaluate(() => new Promise<string>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector<HTMLElement>('.maplibregl-canvas-container')?.style.cursor ?? '')))))
}
