// Cases that go their whole way, so that as many are open after hours as before.
import type { Server } from '../e2e/server.ts'
import { rest } from './harness.ts'
import { Poster, placesOf, report, type Wish } from './people.ts'

/** What is done to a case one after the other, by whom, and how many cases of a hundred wait for it. */
const STEPS: { action: string; by: string; waiting: number; data: (photo: string) => Wish['data'] }[] = [
  { action: 'register', by: 'dispatcher', waiting: 20, data: () => ({}) },
  { action: 'dispatch', by: 'dispatcher', waiting: 20, data: () => ({}) },
  { action: 'finish', by: 'clerk', waiting: 40, data: (photo) => ({ result: '已清理干净', after_photos: [photo] }) },
  { action: 'report_back', by: 'head', waiting: 8, data: () => ({}) },
  { action: 'verify', by: 'verifier', waiting: 7, data: () => ({ verification: '现场已干净' }) },
  { action: 'close', by: 'dispatcher', waiting: 5, data: () => ({}) },
]

export class Cases {
  /** How many events there have been. */
  events = 0
  /** By the step for which they wait, the oldest first. */
  private readonly waiting: string[][] = STEPS.map(() => [])
  private made = 0

  private constructor(
    private readonly posters: ReadonlyMap<string, Poster>,
    private readonly places: readonly [number, number][],
    private readonly photo: string,
  ) {}

  /** Opens so many cases and takes them as far as they are usually found. */
  static async open(town: Server, count: number): Promise<Cases> {
    const posters = new Map<string, Poster>()
    for (const name of new Set(STEPS.map((step) => step.by))) posters.set(name, await Poster.as(town, name))
    const dispatcher = posters.get('dispatcher')
    const clerk = posters.get('clerk')
    if (!dispatcher || !clerk) throw new Error('no dispatcher')
    const cases = new Cases(posters, await placesOf(dispatcher), await clerk.photo())
    let further = (await dispatcher.post(Array.from({ length: count }, () => cases.next()))).map((done) => done.record)
    for (const [at, step] of STEPS.entries()) {
      const stay = Math.round((count * step.waiting) / 100)
      cases.waiting[at] = further.splice(0, at === STEPS.length - 1 ? further.length : stay)
      await cases.take(at, further)
    }
    return cases
  }

  /** Lets cases go on for some seconds, so many events a minute, evenly. */
  async live(aMinute: number, seconds: number): Promise<void> {
    const begun = performance.now()
    const total = Math.round((aMinute * seconds) / 60)
    const under: Promise<void>[] = []
    for (let n = 0; n < total; n++) {
      const at = begun + (n * 60_000) / aMinute
      if (at > performance.now() + 2) await rest(at - performance.now())
      under.push(this.event(n))
      if (under.length >= 16) await under.shift()
    }
    await Promise.all(under)
    await rest(Math.max(0, begun + seconds * 1000 - performance.now()))
  }

  /** One thing happens: a report, or the oldest case that waits for a step goes on. */
  private async event(n: number): Promise<void> {
    this.events++
    const at = (n % (STEPS.length + 1)) - 1
    if (at < 0) {
      const [done] = (await this.posters.get('dispatcher')?.post([this.next()])) ?? []
      if (done) this.waiting[0]?.push(done.record)
      return
    }
    const record = this.waiting[at]?.shift()
    if (record === undefined) return
    await this.take(at, [record])
    this.waiting[at + 1]?.push(record)
  }

  private async take(at: number, records: readonly string[]): Promise<void> {
    const step = STEPS[at]
    if (step && records.length > 0) await this.posters.get(step.by)?.post(records.map((record) => ({ record, action: step.action, data: step.data(this.photo) })))
  }

  /** Litter that is not serious goes to one unit, whose people are in the demo. */
  private next(): Wish {
    return report(this.made++, this.places, 'litter', 'normal')
  }
}
