import { computed, type ComputedRef } from 'vue'

/** A computed object that stays the same object while it says the same, so that watchers hear only real changes. */
export function steady<T>(get: () => T): ComputedRef<T> {
  return computed<T>((before) => {
    const now = get()
    return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now
  })
}
