import type { Json } from '@core/model'

/** What somebody arranged on this desk (columns, widths), kept in this browser. A browser that keeps nothing forgets it. */
export function keep(name: string, value: Json): void {
  try {
    localStorage.setItem(`gewang.desk.${name}`, JSON.stringify(value))
  } catch {
    // Nothing depends on it.
  }
}

export function kept<T extends Json>(name: string, fits: (value: unknown) => value is T): T | undefined {
  try {
    const text = localStorage.getItem(`gewang.desk.${name}`)
    const value: unknown = text === null ? undefined : JSON.parse(text)
    return fits(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
