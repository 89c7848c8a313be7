import { onActivated, onBeforeUnmount, onDeactivated, ref, watch, type Ref } from 'vue'
import { afterFrame, stands } from '@ui/frame'

/**
 * False while a view is put together, true once its first picture stands: what is heavy waits, so that a tap is answered at once.
 * With `tapped` only a view that somebody opened here waits, and none with which the page itself begins.
 */
export function useLater(tapped = false): Ref<boolean> {
  const later = ref(tapped && !stands())
  onBeforeUnmount(afterFrame(() => (later.value = true)))
  return later
}

/**
 * True until the first picture of a view stands, each time that it comes back, too: what wears `f-behind` so long is laid out
 * behind it. `first` false: not when it is first put together.
 */
export function useBehind(first = true): Ref<boolean> {
  const behind = ref(first)
  let stop = afterFrame(() => (behind.value = false))
  onActivated(() => {
    stop()
    stop = afterFrame(() => (behind.value = false))
  })
  onDeactivated(() => {
    stop()
    behind.value = true
  })
  onBeforeUnmount(() => stop())
  return behind
}

/** How many rows of a list to draw: a few at once and more after each picture, so that what is tapped meanwhile is answered. */
export function usePieces(all: () => number, first: number, step = 4): Ref<number> {
  const drawn = ref(first)
  let stop = (): void => undefined
  watch([drawn, all], () => {
    stop()
    if (drawn.value < all()) stop = afterFrame(() => (drawn.value += step))
  }, { immediate: true })
  onBeforeUnmount(() => stop())
  return drawn
}

/** Does something once the phone has nothing better to do, at the latest soon. */
export function atRest(act: () => void): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(act, { timeout: 1500 })
  else setTimeout(act, 1000)
}
