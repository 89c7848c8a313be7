import type { Me, Packs, Status, Territory, Unit } from '@core/model'

/** What a device keeps of the town, so that a surface starts at once and without network. */
export interface Remembered {
  status?: Status | null
  packs?: Packs | null
  territory?: Territory | null
  units?: Unit[]
  me?: Me | null
}

const KEY = 'gewang.town'

/** What was kept last; empty where nothing was, or where it cannot be read any more. */
export function recall(): Remembered {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null ? (kept as Remembered) : {}
  } catch {
    return {}
  }
}

/** Keeps what is given beside what was kept before. */
export function keep(more: Remembered): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...recall(), ...more }))
  } catch {
    // Without room for it the surface reads the town from the server each time.
  }
}

/** Forgets who was signed in; what everybody may know of the town stays. */
export function forget(): void {
  keep({ me: null, units: [] })
}
