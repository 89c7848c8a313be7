import { ref, watch, type Ref } from 'vue'
import { keepSize, keptSize, type Size } from './sizes'

export { SIZES, type Size } from './sizes'

const size = ref<Size>(keptSize())

watch(
  size,
  (to) => {
    document.documentElement.dataset['size'] = to
    keepSize(to)
  },
  { immediate: true },
)

/** The size of type on this phone. */
export function useSize(): Ref<Size> {
  return size
}
