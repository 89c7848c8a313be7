import { shallowRef, type ShallowRef } from 'vue'
import type { Command, Outcome } from '@core/model'
import { asTrouble } from '@core/trouble'
import type { Keep } from './keep'
import type { Phone } from './phone'
import { filesIn, informed, nextToSend, outworn, parcel, postponed, settled, withHashes, type Parcel } from './parcel'

/** How the outbox reaches the town. */
export interface Wire {
  /** Stores a file and answers its hash. */
  upload: (blob: Blob, name: string) => Promise<string>
  post: (command: Command) => Promise<Outcome>
}

/** Commands on their way to the town: kept before they are sent, sent in order, kept until it is known what became of them. */
export class Outbox {
  readonly parcels: ShallowRef<Parcel[]> = shallowRef([])
  /** Whether the last try got no answer. */
  readonly cut = shallowRef(false)
  /** False where the browser keeps nothing: then what is not sent is lost with the page. */
  readonly keeps = shallowRef(true)
  private running = false
  private timer = 0
  private readonly waiting = new Map<string, (one: Parcel) => void>()

  constructor(
    private readonly phone: Phone,
    private readonly keep: Keep,
    private readonly wire: Wire,
    private readonly owner: () => string | undefined,
  ) {}

  /** Takes up what an earlier page left. */
  async open(): Promise<void> {
    try {
      const all = await this.phone.parcels.all()
      const old = outworn(all, Date.now())
      await this.phone.parcels.delete(...old.map((one) => one.id))
      const gone = new Set(old.map((one) => one.id))
      this.parcels.value = all.filter((one) => !gone.has(one.id)).map((one) => (one.state === 'sending' ? { ...one, state: 'waiting' as const } : one))
      await this.keep.open(new Set(this.parcels.value.flatMap((one) => named(one.command))))
    } catch {
      this.keeps.value = false
    }
  }

  /** Takes a command; it is on the phone when this resolves. */
  async put(command: Command): Promise<Parcel> {
    const one = parcel(command, this.owner() ?? '', Date.now())
    await this.set(one)
    void this.run()
    return one
  }

  find(id: string): Parcel | undefined {
    return this.parcels.value.find((one) => one.id === id)
  }

  /** The parcel once it is answered, or undefined when `ms` passed or the network is away. */
  answered(id: string, ms: number): Promise<Parcel | undefined> {
    return new Promise((resolve) => {
      const end = (one: Parcel | undefined): void => {
        window.clearTimeout(timer)
        this.waiting.delete(id)
        resolve(one)
      }
      const timer = window.setTimeout(() => end(undefined), ms)
      this.waiting.set(id, (one) => end(one.state === 'waiting' ? undefined : one))
    })
  }

  /** Sends what waits, whatever pause it was in. */
  async hurry(): Promise<void> {
    for (const one of this.parcels.value) {
      if (one.state === 'waiting' && one.next > 0) await this.set({ ...one, next: 0 })
    }
    await this.run()
  }

  /** Takes a parcel out for good, with its files. */
  async drop(id: string, files = true): Promise<void> {
    const one = this.find(id)
    this.parcels.value = this.parcels.value.filter((it) => it.id !== id)
    await this.phone.parcels.delete(id).catch(() => undefined)
    if (one && files) await this.keep.drop(this.unshared(one)).catch(() => undefined)
  }

  /** Sends what may be sent now, one after the other; several pages of this phone take turns. */
  async run(): Promise<void> {
    if (this.running || !this.owner()) return
    this.running = true
    try {
      if (navigator.locks) await navigator.locks.request('gewang-outbox', { ifAvailable: true }, (lock) => (lock ? this.sendAll() : undefined))
      else await this.sendAll()
    } finally {
      this.running = false
      this.later()
    }
  }

  private async sendAll(): Promise<void> {
    for (;;) {
      const owner = this.owner()
      const one = owner ? nextToSend(this.parcels.value, owner, Date.now()) : undefined
      if (!one) return
      if (!(await this.sendOne(one))) return
    }
  }

  /** Sends one; false when there is no network, so that the others need not try. */
  private async sendOne(one: Parcel): Promise<boolean> {
    await this.set({ ...one, state: 'sending' })
    try {
      const hashes = new Map<string, string>()
      for (const name of filesIn(one.command, (it) => this.keep.has(it))) {
        const kept = this.keep.blobs.get(name)
        if (!kept) continue
        const hash = kept.hash ?? (await this.wire.upload(kept.blob, kept.file))
        if (!kept.hash) await this.keep.stored(name, hash)
        hashes.set(name, hash)
      }
      if (this.owner() !== one.owner) {
        // Somebody else took the phone while files were on their way: what is not theirs waits for its owner.
        await this.set(one)
        return false
      }
      const outcome = await this.wire.post(withHashes(one.command, hashes))
      this.cut.value = false
      const done = settled(one, outcome, Date.now())
      await this.set(done)
      for (const next of informed(this.parcels.value, done)) await this.set(next)
      if (done.state !== 'refused') await this.keep.drop(this.unshared(done)).catch(() => undefined)
      return true
    } catch (error) {
      const trouble = asTrouble(error)
      if (trouble.kind === 'refused') {
        this.cut.value = false
        await this.set(settled(one, { outcome: 'refused', problem: trouble.problem }, Date.now()))
        return true
      }
      this.cut.value = trouble.offline
      await this.set(postponed(one, Date.now(), trouble.problem.retry_after))
      return trouble.kind === 'broken'
    }
  }

  /** The files of a parcel that no other parcel names. */
  private unshared(one: Parcel): string[] {
    const others = new Set(this.parcels.value.filter((it) => it.id !== one.id && it.state !== 'sent').flatMap((it) => named(it.command)))
    return filesIn(one.command, (it) => this.keep.has(it)).filter((name) => !others.has(name))
  }

  private later(): void {
    window.clearTimeout(this.timer)
    const owner = this.owner()
    const times = this.parcels.value.filter((one) => one.owner === owner && one.state === 'waiting').map((one) => one.next)
    if (times.length === 0) return
    const pause = Math.max(1000, Math.min(...times) - Date.now())
    this.timer = window.setTimeout(() => void this.run(), pause)
  }

  private async set(one: Parcel): Promise<void> {
    const rest = this.parcels.value.filter((it) => it.id !== one.id)
    this.parcels.value = [...rest, one].sort((a, b) => a.given - b.given)
    try {
      await this.phone.parcels.put(one)
    } catch {
      this.keeps.value = false
    }
    if (one.state !== 'sending') this.waiting.get(one.id)?.(one)
  }
}

function named(command: Command): string[] {
  return filesIn(command, (name) => /^[0-9a-f]{64}$/.test(name))
}
