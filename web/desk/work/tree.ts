import type { Person, Territory } from '@core/model'

/** A cell in the tree with what hangs below it. */
export interface Node { id: string; depth: number; children: string[] }

/** The territory's tree, flat, those above before those below. */
export function nodes(territory: Territory): Map<string, Node> {
  const out = new Map<string, Node>()
  for (const cell of territory.cells) {
    const depth = cell.parent ? (out.get(cell.parent)?.depth ?? 0) + 1 : 0
    out.set(cell.id, { id: cell.id, depth, children: [] })
    if (cell.parent) out.get(cell.parent)?.children.push(cell.id)
  }
  return out
}

/** The rows of the tree that are seen when these are open. */
export function seen(tree: ReadonlyMap<string, Node>, root: string, open: ReadonlySet<string>): Node[] {
  const out: Node[] = []
  const walk = (id: string): void => {
    const node = tree.get(id)
    if (!node) return
    out.push(node)
    if (open.has(id)) for (const child of node.children) walk(child)
  }
  walk(root)
  return out
}

/** A post that somebody holds, with who. */
export interface Seat { person: Person; post: string; held: Person['posts'][number] }

/** Who holds a post at a cell or a unit, by kind of post. */
export function seatsAt(people: readonly Person[], at: { cell?: string; unit?: string }): Seat[] {
  return people
    .flatMap((person) => person.posts.filter((held) => (at.cell ? held.cell === at.cell : held.unit === at.unit)).map((held) => ({ person, post: held.post, held })))
    .sort((a, b) => a.post.localeCompare(b.post) || a.person.name.localeCompare(b.person.name, 'zh'))
}
