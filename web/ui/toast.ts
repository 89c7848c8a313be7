import { shallowRef, type ShallowRef } from 'vue'

/** Something said for a moment at the edge of the page. */
export interface ToastItem {
  id: number
  text: string
  tone: 'plain' | 'good' | 'bad'
  /** What undoes it, with a button beside the text. */
  undo?: (() => void | Promise<void>) | undefined
  /** Another thing to do, by its words. */
  action?: { label: string; run: () => void } | undefined
  seconds: number
}

const items: ShallowRef<ToastItem[]> = shallowRef([])
let last = 0

/** Says things for a moment. Toasts with something to press stay longer; those that tell of trouble stay until closed. */
export function useToast(): {
  items: ShallowRef<ToastItem[]>
  say: (text: string, more?: Partial<Omit<ToastItem, 'id' | 'text'>>) => number
  drop: (id: number) => void
} {
  return { items, say: sayToast, drop }
}

function sayToast(text: string, more: Partial<Omit<ToastItem, 'id' | 'text'>> = {}): number {
  last += 1
  const tone = more.tone ?? 'plain'
  const seconds = more.seconds ?? (tone === 'bad' ? 0 : more.undo || more.action ? 10 : 5)
  items.value = [...items.value.slice(-2), { ...more, id: last, text, tone, seconds }]
  return last
}

function drop(id: number): void {
  items.value = items.value.filter((item) => item.id !== id)
}
