import type { Assignee, Held, Kind, Packs, Territory } from '@core/model'
import type { Filter } from './filter'

/** A kind with its full id, `pack.kind`. */
export interface NamedKind { id: string; kind: Kind }

/** Every kind of the packs in force; those with a flow of stages first, the town's own registers last. */
export function allKinds(packs: Packs): NamedKind[] {
  const kinds = packs.packs.flatMap((pack) => Object.entries(pack.kinds ?? {}).map(([id, kind]) => ({ id: `${pack.pack}.${id}`, kind })))
  return [...kinds.filter(({ kind }) => hasStages(kind)), ...kinds.filter(({ kind }) => !hasStages(kind))]
}

/** Whether records of the kind go through the four stages. */
export function hasStages(kind: Kind): boolean {
  return Object.values(kind.states).some((state) => state.stage !== undefined)
}

/** Kinds of cases: those with stages. The queue holds them, the registers have lists only. */
export function caseKinds(packs: Packs): string[] {
  return allKinds(packs).filter(({ kind }) => hasStages(kind)).map(({ id }) => id)
}

/** Who moves a record on from a state: the kinds of post of the first action that leads out of it without anybody's leave. */
export function movers(kind: Kind, state: string): string[] {
  const declared = kind.states[state]
  if (!declared || declared.final || declared.clock === 'stopped') return []
  for (const action of Object.values(kind.actions)) {
    if (!action.from || !action.to || action.to === state || action.approval) continue
    const from = Array.isArray(action.from) ? action.from : [action.from]
    if (!from.includes(state) && !from.includes('open')) continue
    const by = action.by.filter((who) => who !== 'reporter' && who !== 'system')
    if (by.length > 0) return by
  }
  return []
}

/** Whether a state waits for a holder of one of these posts, or for those it is assigned to, if they are among them. */
export function waitsFor(kind: Kind, state: string, posts: readonly Held[], assigned: readonly Assignee[] = []): boolean {
  const by = movers(kind, state)
  return posts.some((held) => by.includes(held.post)) || (by.includes('assignee') && assigned.some((one) => posts.some((held) => holds(held, one))))
}

function holds(held: Held, one: Assignee): boolean {
  return held.post === one.post && (one.unit ? held.unit === one.unit : held.cell === one.cell)
}

/**
 * What waits for whoever holds these posts, as questions that share no record: what is assigned to them, what stands in a state
 * that a post of theirs moves on in its cells or at its unit, and the requests that they may agree to.
 */
export function waitingFor(posts: readonly Held[], packs: Packs, territory: Territory): Filter[] {
  const filters: Filter[] = []
  for (const { id, kind } of allKinds(packs)) {
    if (!hasStages(kind)) continue
    const byAssignee: string[] = []
    const bySeat = new Map<string, { filter: Filter; states: string[] }>()
    for (const state of Object.keys(kind.states)) {
      const by = movers(kind, state)
      if (by.length === 0) continue
      const seats = topSeats(posts.filter((held) => by.includes(held.post)), territory)
      for (const seat of seats) {
        const key = seat.cell ? `cell ${seat.cell}` : `unit ${seat.unit}`
        const own: Filter = seat.cell ? { cell: seat.cell } : { assignee: seat.unit ?? '' }
        const group = bySeat.get(key) ?? { filter: own, states: [] }
        group.states.push(state)
        bySeat.set(key, group)
      }
      if (seats.length === 0 && by.includes('assignee')) byAssignee.push(state)
    }
    for (const { filter, states } of bySeat.values()) filters.push({ ...filter, kind: [id], state: states, open: true })
    if (byAssignee.length > 0) filters.push({ kind: [id], assignee: 'me', state: byAssignee, open: true })
  }
  const asked = allKinds(packs).filter(({ kind }) => hasStages(kind) && settles(kind, posts)).map(({ id }) => id)
  if (asked.length === 0) return filters
  // What waits for my approval is asked for once, whatever its state.
  const rest = filters.map((filter) => (filter.kind?.some((id) => asked.includes(id)) ? { ...filter, request: 'others' as const } : filter))
  return [{ kind: asked, request: 'me', open: true }, ...rest]
}

/** Whether a holder of one of these posts may agree to anything of a kind. */
function settles(kind: Kind, posts: readonly Held[]): boolean {
  const by = Object.values(kind.actions).flatMap((action) => action.approval ?? [])
  return posts.some((held) => by.includes(held.post)) || (posts.length > 0 && by.some((who) => who === 'assignee' || who === 'anyone'))
}

/** The seats of posts without those below another of them. */
function topSeats(posts: readonly Held[], territory: Territory): Held[] {
  const parent = new Map(territory.cells.map((cell) => [cell.id, cell.parent ?? undefined]))
  const own = new Set(posts.map((held) => held.cell).filter((cell): cell is string => !!cell))
  const seen = new Set<string>()
  return posts.filter((held) => {
    const key = held.cell ?? held.unit ?? ''
    if (key === '' || seen.has(key)) return false
    seen.add(key)
    for (let cell = held.cell ? parent.get(held.cell) : undefined; cell !== undefined; cell = parent.get(cell)) {
      if (own.has(cell)) return false
    }
    return true
  })
}

/** What the units and cells of these posts have open; nothing where a post stands for the whole town, whose unit is all. */
export function unitOf(posts: readonly Held[], packs: Packs, territory: Territory): Filter[] {
  const kind = caseKinds(packs)
  const seats = topSeats(posts, territory)
  if (seats.some((held) => held.cell === territory.root)) return []
  return seats.map((held) => (held.unit ? { kind, assignee: held.unit, open: true } : { kind, cell: held.cell ?? '', open: true }))
}
