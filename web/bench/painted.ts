// What runs in the page to be measured: functions that stand for themselves, since only their text is sent there.

declare global {
  const scheduler: { postTask: (act: () => void, options: { priority: 'user-blocking' }) => Promise<void> }
  interface Window {
    benchPainted?: Promise<number>
    benchTaken?: Promise<number>
  }
}

/**
 * Waits for something to stand on the screen with words in it, and for the frame that shows it to be painted. Counted from the
 * page's beginning or, where it begins with `touch`, from the next touch. It looks only when something changed: to look at each
 * frame would have the page draw frames that nobody needs.
 */
export function watchFor(wanted: string): void {
  const touched = wanted.startsWith('touch ')
  const selector = touched ? wanted.slice(6) : wanted
  window.benchPainted = new Promise((resolve, reject) => {
    let from = touched ? NaN : 0
    setTimeout(() => reject(new Error(`not seen within a minute: ${wanted}`)), 60_000)
    if (touched) addEventListener('pointerdown', (event) => (from = event.timeStamp), { capture: true, once: true })
    const changes = new MutationObserver(look)
    const ALL = { subtree: true, childList: true, characterData: true, attributes: true }
    changes.observe(document, ALL)
    function look(): void {
      const found = Number.isNaN(from) ? null : document.querySelector<HTMLElement>(selector)
      if (!found || (found.textContent ?? '').trim() === '') return
      changes.disconnect()
      const stood = performance.now()
      // The first task after the end of the next frame, before whatever the page itself does then: it has been painted by then.
      const seen = (): void => {
        // Asked only now: to ask before the frame would have the page styled once more. What is hidden is looked for again.
        if (!found.checkVisibility()) return changes.observe(document, ALL)
        // That task may wait behind the page's scripts. Where the frame was the first with anything in it, the browser itself says
        // when; it may say so a little later.
        const now = performance.now()
        new PerformanceObserver((list, observer) => {
          const [first] = list.getEntriesByName('first-contentful-paint')
          if (!first) return
          observer.disconnect()
          resolve((first.startTime >= stood ? first.startTime : now) - from)
        }).observe({ type: 'paint', buffered: true })
      }
      requestAnimationFrame(() => void scheduler.postTask(seen, { priority: 'user-blocking' }))
    }
    look()
  })
}

/** Waits for the page's own scripts to have taken over from what was drawn before them. */
export function watchTaken(): void {
  window.benchTaken = new Promise((resolve) => {
    const changes = new MutationObserver(() => {
      if (!document.querySelector('#app[data-v-app]')) return
      changes.disconnect()
      resolve(performance.now())
    })
    changes.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-v-app'] })
  })
}

/** When they had, in ms. */
export function taken(): Promise<number> {
  return window.benchTaken ?? Promise.reject(new Error('watchTaken was not called'))
}

/** When it was painted, in ms. */
export function painted(): Promise<number> {
  return window.benchPainted ?? Promise.reject(new Error('watchFor was not called'))
}
