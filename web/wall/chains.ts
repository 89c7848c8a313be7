import type { Actor } from '@core/model'
import type { Step } from './flow'

/** One link of a chain: who did what, and when. */
export interface Link {
  seq: number
  at: number
  action: string
  actor: Actor
}
/** What happened to one case, the newest last. */
export interface Chain {
  id: string
  kind: string
  links: Link[]
}

const MOST_CHAINS = 80
const MOST_LINKS = 5
/** A chain is news for so long, where time runs as it does. */
export const NEWS_MS = 45_000

/** What just happened to each case, for the ticker. Bounded: the oldest is forgotten. */
export class Chains {
  private readonly all = new Map<string, Chain>()

  clear(): void {
    this.all.clear()
  }

  add(step: Step): void {
    const chain = this.all.get(step.id) ?? { id: step.id, kind: step.kind, links: [] }
    this.all.delete(step.id)
    const links = [...chain.links, { seq: step.seq, at: step.at, action: step.action, actor: step.actor }]
    this.all.set(step.id, { ...chain, links: links.slice(-MOST_LINKS) })
    if (this.all.size > MOST_CHAINS) {
      const oldest = this.all.keys().next()
      if (!oldest.done) this.all.delete(oldest.value)
    }
  }

  /** The `most` best to tell at `now`: of the news the longest chains, since they tell a story; then the newest. */
  best(most: number, now: number, newsMs = NEWS_MS): Chain[] {
    const newestFirst = [...this.all.values()].reverse()
    const news = newestFirst.filter((chain) => now - last(chain) <= newsMs)
    const told = news.sort((a, b) => b.links.length - a.links.length || last(b) - last(a)).slice(0, most)
    const rest = newestFirst.filter((chain) => !told.includes(chain)).slice(0, most - told.length)
    return [...told, ...rest]
  }
}

function last(chain: Chain): number {
  return chain.links.at(-1)?.at ?? 0
}
