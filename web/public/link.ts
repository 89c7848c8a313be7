/** Where the two pages are that stand before all others, below the surface's address. */
export const PATHS = { front: '/', report: '/report' } as const

/** What opens a report: its record (or number) and its token. */
export interface Opens { record: string; token: string }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The address with which a report is followed. */
export function followLink(opens: Opens, origin: string = location.origin): string {
  return `${origin}/public/follow/${opens.record}#${opens.token}`
}

/** What somebody pasted, if it is such an address. */
export function parseLink(text: string): Opens | undefined {
  const found = /\/follow\/([\w-]+)\/?(?:\?[^#]*)?#([\w-]{8,})/.exec(text.trim())
  const [, record, token] = found ?? []
  return record !== undefined && token !== undefined ? { record, token } : undefined
}

/** Whether a text is the id of a record rather than the number that people read out. */
export function isRecordId(text: string): boolean {
  return UUID.test(text)
}
