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
/** Whose it is, apart from all else, since it is asked before anything else is read. */
const PERSON = 'gewang.person'

/** What was kept last; empty where nothing was, or where it cannot be read any more. */
export function recall(): Remembered {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null ? (kept as Remembered) : {}
  } catch {
    return {}
  }
}

/** Who was signed in last on this device; undefined for nobody. */
export function keptPerson(): string | undefined {
  try {
    return localStorage.getItem(PERSON) || undefined
  } catch {
    return undefined
  }
}

/** Keeps what is given beside what was kept before. */
export function keep(more: Remembered): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...recall(), ...more }))
    if (more.me !== undefined) localStorage.setItem(PERSON, more.me?.person ?? '')
  } catch {
    // Without room for it the surface reads the town from the server each time.
  }
}

/** Forgets who was signed in; what everybody may know of the town stays. */
export function forget(): void {
  keep({ me: null, units: [] })
}
