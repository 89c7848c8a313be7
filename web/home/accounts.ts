import type { DemoAccount } from '@core/api'
import type { Text } from '@core/text'

/** A person of the demo as the page shows them. */
export interface Shown {
  name: string
  password: string
  person: string
  title: string
  surface: DemoAccount['surface']
  /** What signs in one tab alone, where the demo gives it. */
  token: string | undefined
}

/** A surface with the people who work on it, in the order of the flow. */
export interface Door { surface: DemoAccount['surface']; people: Shown[] }

const ORDER: DemoAccount['surface'][] = ['desk', 'field', 'wall', 'public']

/** An account in the language of the page. The demo may tell more of it than is needed here. */
export function shown(account: DemoAccount, say: (text: Text | null | undefined) => string): Shown {
  const more: Partial<Record<'about' | 'token', unknown>> = account as Partial<Record<'about' | 'token', unknown>>
  const own = isText(more.about) ? say(more.about) : ''
  return {
    name: account.name,
    password: account.password,
    person: account.person,
    title: own || account.name,
    surface: account.surface,
    token: typeof more.token === 'string' ? more.token : undefined,
  }
}

/** The accounts by the surface that suits them. */
export function doors(people: Shown[]): Door[] {
  return ORDER.map((surface) => ({ surface, people: people.filter((one) => one.surface === surface) })).filter((door) => door.people.length > 0)
}

/** Whether a surface can be shown alive: by a token of its own, or as whoever is signed in where that is who works on it. */
export function alive(surface: string, person: Shown | undefined, viewer: Shown | undefined): boolean {
  if (surface === 'public' || person?.token) return true
  return viewer !== undefined && (surface === 'wall' || viewer.surface === surface)
}

/** Whoever of the names is there, for a thumbnail. */
export function first(people: Shown[], ...names: string[]): Shown | undefined {
  return names.map((name) => people.find((one) => one.name === name)).find(Boolean)
}

/** The address of a surface as one person sees it, in a tab of its own. */
export function asPerson(surface: string, person: Shown | undefined, thumb = false): string {
  const query = new URLSearchParams()
  if (person?.token) query.set('as', person.name)
  if (thumb) query.set('thumb', '1')
  return `/${surface}/${query.size > 0 ? `?${query.toString()}` : ''}`
}

function isText(value: unknown): value is Text {
  return typeof value === 'object' && value !== null && ('zh' in value || 'en' in value)
}
