import { ref, watch, type Ref } from 'vue'

/** The sizes of type that may be set. */
export const SIZES = ['normal', 'large', 'huge'] as const
export type Size = (typeof SIZES)[number]

const KEY = 'gewang.size'
const size = ref<Size>(SIZES.find((one) => one === kept()) ?? 'normal')

function kept(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

watch(
  size,
  (to) => {
    document.documentElement.dataset['size'] = to
    try {
      localStorage.setItem(KEY, to)
    } catch {
      // Asked again next time.
    }
  },
  { immediate: true },
)

/** The size of type on this phone. */
export function useSize(): Ref<Size> {
  return size
}
