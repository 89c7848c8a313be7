/** The sizes of type that may be set. */
export const SIZES = ['normal', 'large', 'huge'] as const
export type Size = (typeof SIZES)[number]

const KEY = 'gewang.size'

/** The size chosen on this phone. */
export function keptSize(): Size {
  try {
    return SIZES.find((one) => one === localStorage.getItem(KEY)) ?? 'normal'
  } catch {
    return 'normal'
  }
}

export function keepSize(size: Size): void {
  try {
    localStorage.setItem(KEY, size)
  } catch {
    // Asked again next time.
  }
}
