// The base of every spec: a town of its own for the file, people in it, and the checks.
import { type Browser, type BrowserContext, type Page, test as base } from '@playwright/test'
import { Client, signIn } from './client.ts'
import { type Founding, Server } from './server.ts'

export { expect } from '@playwright/test'
export const test = base

/** The sizes at which the surfaces are looked at. */
export const SIZES = {
  phone: { width: 390, height: 844 },
  /** A laptop at 200 %. */
  zoomed: { width: 720, height: 450 },
  small: { width: 1280, height: 720 },
  laptop: { width: 1440, height: 900 },
  tablet: { width: 1180, height: 820 },
  screen: { width: 1920, height: 1080 },
  wall: { width: 3840, height: 1080 },
  /** One of 2x2 of 7680x2160. */
  tile: { width: 3840, height: 1080 },
} as const

/** How a page is opened. */
export interface Opening {
  as?: string
  lang?: 'zh' | 'en'
  size?: keyof typeof SIZES
  dark?: boolean
  place?: [number, number] | 'denied'
  /** The browser's own time zone, where it is not the town's. */
  zone?: string
  /** Without movement: a wall that draws in software beside other pages leaves them no time otherwise. */
  still?: boolean
}

/** A town for all tests of this file, started before the first and stopped after the last. */
export function ownTown(founding: Founding = {}): Town {
  const town = new Town(new Server(founding))
  test.beforeAll(async ({ browser }) => {
    test.setTimeout(300_000)
    await town.begin(browser)
  })
  test.afterAll(() => town.end())
  test.afterEach(() => town.closePages())
  return town
}

export class Town {
  private browser: Browser | undefined
  private contexts: BrowserContext[] = []
  private written: string | undefined

  constructor(readonly server: Server) {}

  async begin(browser: Browser): Promise<void> {
    this.browser = browser
    await this.server.start()
  }

  async end(): Promise<void> {
    await this.server.stop()
  }

  async closePages(): Promise<void> {
    for (const context of this.contexts.splice(0)) await context.close()
  }

  get url(): string {
    return this.server.url
  }

  as(name: string): Promise<Client> {
    return Client.as(this.server, name)
  }

  /** A resident without an account. */
  resident(follow?: { record: string; token: string }): Client {
    return new Client(this.server, follow)
  }

  /** A browser of its own for one person. Whatever goes wrong in a page's scripts fails the test. */
  async open(path: string, opening: Opening = {}): Promise<Page> {
    if (!this.browser) throw new Error('ownTown() was not called at the top of the file')
    const phone = opening.size === 'phone'
    const context = await this.browser.newContext({
      baseURL: this.url,
      viewport: SIZES[opening.size ?? 'laptop'],
      locale: opening.lang === 'en' ? 'en-GB' : 'zh-CN',
      colorScheme: opening.dark ? 'dark' : 'light',
      reducedMotion: opening.still ? 'reduce' : 'no-preference',
      ...(opening.zone ? { timezoneId: opening.zone } : {}),
      hasTouch: phone || opening.size === 'tablet',
      isMobile: phone,
      ...(Array.isArray(opening.place) ? { geolocation: { longitude: opening.place[0], latitude: opening.place[1], accuracy: 12 }, permissions: ['geolocation'] } : {}),
    })
    this.contexts.push(context)
    if (opening.as) await signIn(context, this.server, opening.as)
    const page = await context.newPage()
    page.on('pageerror', (error) => test.info().annotations.push({ type: 'page error', description: `${page.url()}: ${error.stack ?? error.message}` }))
    await page.goto(path)
    return page
  }

  /** Everything that people wrote themselves in this town: it stays in their language. */
  async ownWords(): Promise<string> {
    if (this.written !== undefined) return this.written
    const admin = await this.as('dispatcher')
    const people = await admin.get<{ people: unknown }>('/people')
    const records = await admin.get<{ records: { fields: unknown }[] }>('/records?limit=500')
    this.written = JSON.stringify([people, records.records.map((record) => record.fields)])
    return this.written
  }
}

/** What went wrong in the scripts of the pages of this test. */
export function scriptErrors(): string[] {
  return test.info().annotations.filter(({ type }) => type === 'page error').map(({ description }) => description ?? '')
}
