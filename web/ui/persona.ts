import type { Api } from '@core/api'

/** Where a tab of the demo remembers who it is, until it is closed. */
const KEY = 'gewang.as'

/**
 * Who this tab is in the demo: as `?as=NAME` says, and from then on until it is closed or signs out. A frame is whom its address
 * says and remembers nothing, since it would share what it keeps with the page around it.
 */
export function persona(): string | undefined {
  const said = new URLSearchParams(location.search).get('as') || undefined
  if (window.parent !== window) return said
  try {
    if (said) sessionStorage.setItem(KEY, said)
    return said ?? sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return said
  }
}

/** From now on this tab is whoever signs in. */
export function leavePersona(): void {
  try {
    if (window.parent === window) sessionStorage.removeItem(KEY)
  } catch {
    // What could not be kept need not be forgotten.
  }
}

/** The token of an account of the demo; undefined where this is no demo, or there is no such account. */
export async function tokenOf(api: Api, name: string): Promise<string | undefined> {
  const demo = await api.demo().catch(() => null)
  return demo?.accounts.find((account) => account.name === name)?.token
}
