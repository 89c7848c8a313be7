import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { Trouble, problem } from '../../core/trouble'
import type { Command, Outcome } from '../../core/model'
import { Keep } from '../../field/keep'
import { Outbox, type Wire } from '../../field/outbox'
import { Phone } from '../../field/phone'

let count = 0
let phone: Phone

const command = (id: string, record: string, data: Command['data'] = {}): Command => ({ id, at: '', kind: 'g.m', record, action: 'report', data })
const offline = (): Trouble => new Trouble(problem('offline', 0, {}), 'offline')

/** A town that does what it is told to, and remembers what it got. */
function town(answer: (command: Command, times: number) => Outcome | Trouble): Wire & { got: Command[]; stored: string[] } {
  const got: Command[] = []
  const stored: string[] = []
  return {
    got,
    stored,
    upload: async (_blob, name) => {
      stored.push(name)
      return `HASH-${name}`
    },
    post: async (sent) => {
      got.push(sent)
      const told = answer(sent, got.filter((one) => one.id === sent.id).length)
      if (told instanceof Trouble) throw told
      return told
    },
  }
}

async function outbox(wire: Wire): Promise<{ box: Outbox; keep: Keep }> {
  const keep = new Keep(phone)
  const box = new Outbox(phone, keep, wire, () => 'me')
  await box.open()
  return { box, keep }
}

beforeEach(() => {
  count += 1
  phone = new Phone(`field-test-${count}`)
})

describe('the outbox on the phone', () => {
  it('sends with the files stored first, and forgets the files then', async () => {
    const wire = town(() => ({ outcome: 'done', seq: 1, number: 'SJ1' }))
    const { box, keep } = await outbox(wire)
    const name = await keep.take(new Blob(['photo']), 'p.jpg')
    const one = await box.put(command('a', 'r', { photos: [name] }))
    await box.run()
    await until(() => box.find(one.id)?.state === 'sent')
    expect(wire.got[0]?.data).toEqual({ photos: ['HASH-p.jpg'] })
    expect(box.find('a')?.outcome?.number).toBe('SJ1')
    await until(async () => (await phone.blobs.count()) === 0)
  })

  it('survives that the page dies before the network comes back: same id, same files', async () => {
    const dead = town(() => offline())
    const first = await outbox(dead)
    const name = await first.keep.take(new Blob(['photo']), 'p.jpg')
    await first.box.put(command('a', 'r', { photos: [name] }))
    await until(() => first.box.find('a')?.tries === 1)
    expect(first.box.cut.value).toBe(true)

    const alive = town(() => ({ outcome: 'done', seq: 1 }))
    const second = await outbox(alive)
    expect(second.box.find('a')?.state).toBe('waiting')
    await second.box.hurry()
    expect(alive.got).toMatchObject([{ id: 'a', data: { photos: ['HASH-p.jpg'] } }])
    expect(second.box.find('a')?.state).toBe('sent')
  })

  it('takes up what was being sent when the page died', async () => {
    await phone.parcels.put({ id: 'a', owner: 'me', given: 1, command: command('a', 'r'), state: 'sending', tries: 0, next: 0 })
    const wire = town(() => ({ outcome: 'repeated', seq: 1 }))
    const { box } = await outbox(wire)
    await box.run()
    expect(box.find('a')?.state).toBe('sent')
  })

  it('keeps what was refused, with the reason and the files', async () => {
    const reason = problem('required', 422, { zh: '请填写', en: 'Fill in' })
    const { box, keep } = await outbox(town(() => ({ outcome: 'refused', problem: reason })))
    const name = await keep.take(new Blob(['photo']), 'p.jpg')
    await box.put(command('a', 'r', { photos: [name] }))
    await until(() => box.find('a')?.state === 'refused')
    expect(box.find('a')?.problem).toEqual(reason)
    expect(box.find('a')?.command.data).toEqual({ photos: [name] })
    expect(keep.has(name)).toBe(true)
    await box.drop('a')
    expect(await phone.parcels.count()).toBe(0)
    expect(await phone.blobs.count()).toBe(0)
  })

  it('goes on after what the town cannot digest, and tries that again later', async () => {
    const wire = town((sent) => (sent.id === 'a' ? new Trouble(problem('internal', 500, {}), 'broken') : { outcome: 'done', seq: 1 }))
    const { box } = await outbox(wire)
    await box.put(command('a', 'r1'))
    await box.put(command('b', 'r2'))
    await until(() => box.find('b')?.state === 'sent')
    expect(box.find('a')).toMatchObject({ state: 'waiting', tries: 1 })
  })

  it('sends nothing while nobody is signed in', async () => {
    const wire = town(() => ({ outcome: 'done', seq: 1 }))
    const box = new Outbox(phone, new Keep(phone), wire, () => undefined)
    await box.put(command('a', 'r'))
    await box.run()
    expect(wire.got).toEqual([])
  })
})

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500 && !(await holds()); turn += 1) await new Promise((resolve) => setTimeout(resolve, 2))
  expect(await holds()).toBe(true)
}
