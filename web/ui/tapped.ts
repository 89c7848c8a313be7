/**
 * What stands before the page's scripts can be tapped already: the tap is remembered, shown, and done as soon as the page itself
 * is there. The same thing is found again by its address or by its name in `data-ahead`.
 */
declare global {
  interface Window {
    gewangTapped?: string
  }
}

const SOON_MS = 10_000

/** Remembers the last tap on what stands in `app`, until the page itself stands there. */
export function remember(app: HTMLElement): void {
  app.addEventListener('click', (event) => {
    const on = event.target instanceof Element ? event.target.closest<HTMLElement>('a[href], [data-ahead]') : null
    if (!on || app.hasAttribute('data-v-app')) return
    event.preventDefault()
    for (const other of app.querySelectorAll('[aria-busy]')) other.removeAttribute('aria-busy')
    on.setAttribute('aria-busy', 'true')
    const [name, value] = on.dataset['ahead'] === undefined ? ['href', on.getAttribute('href')] : ['data-ahead', on.dataset['ahead']]
    window.gewangTapped = `[${name}="${CSS.escape(value ?? '')}"]`
  })
}

/** Does what was tapped before the page was there, once it stands in it. */
export function doTapped(): void {
  const wanted = window.gewangTapped
  if (wanted === undefined) return
  delete window.gewangTapped
  const tap = (): boolean => {
    const found = document.querySelector<HTMLElement>(wanted)
    found?.click()
    return found !== null
  }
  if (tap()) return
  const changes = new MutationObserver(() => tap() && changes.disconnect())
  changes.observe(document.body, { childList: true, subtree: true })
  setTimeout(() => changes.disconnect(), SOON_MS)
}
