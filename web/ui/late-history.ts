import { createWebHistory, type RouterHistory } from 'vue-router'
import { afterFrame } from './frame'

/** How far down the page is, as its scrolling told: to ask the page itself would have it laid out on the spot. */
let top = 0
if (typeof window !== 'undefined') window.addEventListener('scroll', () => (top = window.scrollY), { passive: true })

/** Whether the page stands at its top. */
export function atTop(): boolean {
  return top <= 0
}

/**
 * The browser's history, told of a new address once its first picture stands: a slow phone takes as long for that as for drawing
 * a view. Where the page is scrolled down it is told at once, since that is noted with the address.
 */
export function lateHistory(base: string): RouterHistory {
  const inner = createWebHistory(base)
  let waiting: { to: string; tell: () => void } | undefined
  const settle = (): void => waiting?.tell()
  window.addEventListener('pagehide', settle)
  document.addEventListener('visibilitychange', settle)
  return {
    base: inner.base,
    get location() {
      return waiting?.to ?? inner.location
    },
    get state() {
      return inner.state
    },
    push(to, data) {
      settle()
      if (!atTop() || document.hidden) return inner.push(to, data)
      const mine = {
        to,
        tell: () => {
          if (waiting !== mine) return
          waiting = undefined
          inner.push(to, data)
        },
      }
      waiting = mine
      afterFrame(mine.tell)
    },
    replace(to, data) {
      settle()
      inner.replace(to, data)
    },
    go(delta, triggerListeners) {
      settle()
      inner.go(delta, triggerListeners)
    },
    listen: (hear) =>
      inner.listen((...heard) => {
        // Whoever goes back in that very moment does not want to go there any more.
        waiting = undefined
        hear(...heard)
      }),
    createHref: inner.createHref,
    destroy: inner.destroy,
  }
}
