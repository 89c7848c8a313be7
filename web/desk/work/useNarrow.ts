import { onBeforeUnmount, ref, type Ref } from 'vue'

/** Whether the page is too narrow for list and record side by side: small windows, and zoom of 200 %. */
export function useNarrow(width = 860): Ref<boolean> {
  const query = window.matchMedia(`(max-width: ${width}px)`)
  const narrow = ref(query.matches)
  const hear = (event: MediaQueryListEvent): void => {
    narrow.value = event.matches
  }
  query.addEventListener('change', hear)
  onBeforeUnmount(() => query.removeEventListener('change', hear))
  return narrow
}
