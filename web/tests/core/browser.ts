/** A browser in memory for tests: tabs with locks and channels, any of which may be closed or frozen. */
import { Live, type LiveOptions } from '@core/live'
import type { Channel } from '@core/sharing'
import type { FakeTown } from './town'

interface Held { tab: Tab; end: (error: Error) => void }
interface Waiting { tab: Tab; take: () => void }

export class Browser {
  readonly tabs: Tab[] = []
  private readonly held = new Map<string, Held>()
  private waiting: (Waiting & { name: string })[] = []

  constructor(private readonly town: FakeTown) {}

  /** How many connections its tabs hold. */
  get lines(): number {
    return this.tabs.reduce((sum, tab) => sum + tab.lines, 0)
  }

  open(options: LiveOptions): Tab {
    const tab = new Tab(this, this.town, options)
    this.tabs.push(tab)
    return tab
  }

  post(from: Tab, name: string, data: unknown): void {
    for (const tab of this.tabs) if (tab !== from) tab.hear(name, structuredClone(data))
  }

  request(tab: Tab, name: string, options: LockOptions, hold: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const take = (): void => {
        this.held.set(name, { tab, end: (error) => tab.later(() => reject(error)) })
        tab.later(() => {
          void Promise.resolve(hold()).then((value) => {
            if (this.held.get(name)?.tab === tab) this.free(name)
            resolve(value)
          })
        })
      }
      const holder = this.held.get(name)
      if (options.steal) {
        holder?.end(new DOMException('stolen', 'AbortError'))
        take()
      } else if (holder) {
        const one = { tab, name, take }
        this.waiting.push(one)
        options.signal?.addEventListener('abort', () => {
          this.waiting = this.waiting.filter((it) => it !== one)
          reject(new DOMException('', 'AbortError'))
        })
      } else take()
    })
  }

  /** What its page held goes to the next. */
  closed(tab: Tab): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1)
    this.waiting = this.waiting.filter((it) => it.tab !== tab)
    for (const [name, held] of [...this.held]) if (held.tab === tab) this.free(name)
  }

  private free(name: string): void {
    this.held.delete(name)
    const next = this.waiting.find((it) => it.name === name)
    this.waiting = this.waiting.filter((it) => it !== next)
    next?.take()
  }
}

export class Tab {
  readonly live: Live
  readonly seqs: number[] = []
  lines = 0
  private readonly channels = new Set<Channel & { name: string }>()
  private asleep: (() => void)[] | undefined
  private isClosed = false
  private readonly ends = new Set<() => void>()

  constructor(
    private readonly browser: Browser,
    town: FakeTown,
    options: LiveOptions,
  ) {
    const request = (name: string, how: LockOptions, hold: () => unknown): Promise<unknown> => browser.request(this, name, how, hold)
    this.live = new Live(
      { onSignedOut: undefined, stream: (since, signal) => this.stream(town, since, signal) },
      { who: () => 'me', askMs: 40, patienceMs: 20, ...options, locks: { request } as unknown as LockManager, channel: (name) => this.channel(name) },
    )
    this.live.on('entry', (told) => this.seqs.push(told.seq))
  }

  /** Nothing runs in it any more, though its connection stays. */
  freeze(): void {
    this.asleep = []
  }

  thaw(): void {
    const missed = this.asleep ?? []
    this.asleep = undefined
    for (const run of missed) this.later(run)
  }

  /** Gone without a word. */
  close(): void {
    this.isClosed = true
    for (const end of this.ends) end()
    this.browser.closed(this)
    this.live.stop()
  }

  hear(name: string, data: unknown): void {
    this.later(() => {
      for (const channel of this.channels) if (channel.name === name) channel.onmessage?.({ data } as MessageEvent)
    })
  }

  /** Does something as a task of its own, if anything is done here at all. */
  later(run: () => void): void {
    if (this.asleep) this.asleep.push(run)
    else setTimeout(() => (this.asleep ? this.asleep.push(run) : this.isClosed || run()))
  }

  private channel(name: string): Channel {
    const channel: Channel & { name: string } = {
      name,
      onmessage: null,
      postMessage: (data) => this.asleep || this.isClosed || this.browser.post(this, name, data),
      close: () => void this.channels.delete(channel),
    }
    this.channels.add(channel)
    return channel
  }

  /** The town's stream; while the tab is frozen what comes lies unread. */
  private async stream(town: FakeTown, since: number | undefined, signal: AbortSignal): Promise<Response> {
    const given = await town.stream(since, signal)
    const reader = (given.body as ReadableStream<Uint8Array>).getReader()
    this.lines += 1
    const ended = new Promise<void>((resolve) => {
      this.ends.add(resolve)
      signal.addEventListener('abort', () => resolve())
    })
    void ended.then(() => (this.lines -= 1))
    const body = new ReadableStream<Uint8Array>({
      pull: async (to) => {
        const { value, done } = await reader.read()
        await new Promise<void>((resolve) => this.later(resolve))
        if (done) to.close()
        else to.enqueue(value)
      },
    })
    return new Response(body)
  }
}
