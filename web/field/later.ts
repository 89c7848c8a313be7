import { onBeforeUnmount, ref, type Ref } from 'vue'

/** False while a view is put together, true once its first picture stands: what is heavy waits, so that a tap is answered at once. */
export function useLater(): Ref<boolean> {
  const later = ref(false)
  let task = 0
  const frame = requestAnimationFrame(() => (task = window.setTimeout(() => (later.value = true))))
  onBeforeUnmount(() => {
    cancelAnimationFrame(frame)
    window.clearTimeout(task)
  })
  return later
}

/** Does something once the phone has nothing better to do, at the latest soon. */
export function atRest(act: () => void): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(act, { timeout: 1500 })
  else setTimeout(act, 1000)
}
