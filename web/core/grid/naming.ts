import type { Text } from '../text'
import type { DrawnCell } from './drafts'

/** What a new cell beside another may be called: the next free number of its kind, in the id and in the names. */
export function nextName(cells: Iterable<DrawnCell>, like: DrawnCell): { id: string; title: Text } {
  const [, stem = `${like.id}-`, digits = '1'] = /^(.*?)(\d+)$/.exec(like.id) ?? []
  const taken = new Set<string>()
  let most = Number(digits)
  for (const { id } of cells) {
    taken.add(id)
    const own = id.startsWith(stem) ? /^\d+$/.exec(id.slice(stem.length)) : null
    if (own) most = Math.max(most, Number(own[0]))
  }
  let next = most + 1
  const write = (n: number): string => String(n).padStart(digits.length, '0')
  while (taken.has(stem + write(next))) next += 1
  const renumbered = (title: string | undefined): string => {
    if (!title) return ''
    // The last number of the name, where it is the id's own.
    const found = [...title.matchAll(/\d+/g)].at(-1)
    if (!found || Number(found[0]) !== Number(digits)) return `${title} ${write(next)}`
    return title.slice(0, found.index) + String(next).padStart(found[0].length, '0') + title.slice(found.index + found[0].length)
  }
  return { id: stem + write(next), title: { zh: renumbered(like.title.zh), en: renumbered(like.title.en) } }
}
