import type { Action, Assignee, Cell, Choice, Field, Json, Kind, Pack, Packs, Stage, State, Territory, Unit } from './model'
import { say, type Lang, type Said, type Text } from './text'

/** What a book of the town is made of; what is missing is said by its id. */
export interface BookParts {
  packs?: Packs | null
  territory?: Territory | null
  units?: readonly Unit[] | null
}

/** What titles a record needs of it. */
export interface Titled {
  kind: string
  number?: string | null
  fields?: { [id: string]: Json }
  title?: Json
}

/** Every name in the town by its id: kinds, fields, states, actions, options, cells, units, posts. */
export class Book {
  private readonly packById = new Map<string, Pack>()
  private readonly kindById = new Map<string, Kind>()
  private readonly cellById = new Map<string, Cell>()
  private readonly below = new Map<string, string[]>()
  private readonly unitById = new Map<string, Unit>()

  constructor(readonly parts: BookParts) {
    for (const pack of parts.packs?.packs ?? []) {
      this.packById.set(pack.pack, pack)
      for (const [id, kind] of Object.entries(pack.kinds ?? {})) this.kindById.set(`${pack.pack}.${id}`, kind)
    }
    for (const cell of parts.territory?.cells ?? []) {
      this.cellById.set(cell.id, cell)
      if (cell.parent) this.below.set(cell.parent, [...(this.below.get(cell.parent) ?? []), cell.id])
    }
    for (const unit of parts.units ?? []) this.unitById.set(unit.id, unit)
  }

  /** The kind called `pack.kind`. */
  kind(id: string): Kind | undefined {
    return this.kindById.get(id)
  }

  /** The pack of a kind. */
  pack(kindId: string): Pack | undefined {
    return this.packById.get(kindId.split('.')[0] ?? '')
  }

  /** All kinds as `[id, kind]`, in the order of the packs; those of the town itself (people, units, posts) last. */
  kinds(): [string, Kind][] {
    const all = [...this.kindById]
    return [...all.filter(([id]) => !id.startsWith('town.')), ...all.filter(([id]) => id.startsWith('town.'))]
  }

  kindTitle(id: string): Text {
    return this.kind(id)?.title ?? named(id)
  }

  state(kind: string, state: string): State | undefined {
    return this.kind(kind)?.states[state]
  }

  stateTitle(kind: string, state: string): Text {
    return this.state(kind, state)?.title ?? named(state)
  }

  /** The stage of a state; undefined for registers. */
  stageOf(kind: string, state: string): Stage | undefined {
    return this.state(kind, state)?.stage
  }

  action(kind: string, action: string): Action | undefined {
    return this.kind(kind)?.actions[action]
  }

  /** An action's title as its pack says it; the engine's own (`note`, `late` …) have theirs in the catalogue, see `actionWords`. */
  actionTitle(kind: string, action: string): Text {
    return this.action(kind, action)?.title ?? named(action)
  }

  /** What an entry's action is called: the pack's title, or a key of the catalogue for what every kind has. */
  actionWords(kind: string, action: string, lang: Lang): Text | Said {
    const own = this.action(kind, action)?.title
    if (own) return own
    const [, asked, settled] = /^(.+)\.(approve|refuse)$/.exec(action) ?? []
    if (asked && settled) return { key: `core.action.${settled}`, params: { action: say(this.actionTitle(kind, asked), lang) } }
    return BUILT_IN.has(action) ? { key: `core.action.${action}`, params: {} } : named(action)
  }

  field(kind: string, field: string): Field | undefined {
    return this.kind(kind)?.fields[field]
  }

  /** A field's title, also of those that every record has (`cell`, `state`, `due` …), by its text or its key. */
  fieldWords(kind: string, field: string): Text | Said {
    const own = this.field(kind, field)?.title
    if (own) return own
    return COLUMNS.has(field) ? { key: `core.column.${field}`, params: {} } : named(field)
  }

  /** An option of a choice list of the kind's pack, in a group or not. */
  choice(kind: string, list: string, code: string): Choice | undefined {
    const options = this.pack(kind)?.choices?.[list]
    const own = options?.[code]
    if (own && !isGroup(own)) return own
    for (const group of Object.values(options ?? {})) {
      const found = group.options?.[code]
      if (found) return found
    }
    return undefined
  }

  optionTitle(kind: string, field: string, code: string): Text {
    const list = this.field(kind, field)?.of
    return (list ? this.choice(kind, list, code) : undefined) ?? named(code)
  }

  /** The group in which an option lies. */
  groupOf(kind: string, list: string, code: string): { code: string; choice: Choice } | undefined {
    for (const [group, choice] of Object.entries(this.pack(kind)?.choices?.[list] ?? {})) {
      if (choice.options?.[code]) return { code: group, choice }
    }
    return undefined
  }

  /** Whether an option is, or lies in, a group of any list of the kind's pack: `within()` of the pack language. */
  within(kind: string, option: string, group: string): boolean {
    if (option === group) return true
    const lists = Object.values(this.pack(kind)?.choices ?? {})
    return lists.some((list) => list[group]?.options?.[option] !== undefined)
  }

  cell(id: string): Cell | undefined {
    return this.cellById.get(id)
  }

  cellTitle(id: string): Text {
    return this.cell(id)?.title ?? named(id)
  }

  /** From the root down to the cell itself. */
  cellPath(id: string): Cell[] {
    const path: Cell[] = []
    for (let cell = this.cell(id); cell && !path.includes(cell); cell = this.cell(cell.parent ?? '')) path.unshift(cell)
    return path
  }

  /** The cells just below one. */
  cellsIn(id: string): Cell[] {
    return (this.below.get(id) ?? []).flatMap((below) => this.cell(below) ?? [])
  }

  /** The ids of the cell and of all cells below it. */
  cellsBelow(id: string): Set<string> {
    const all = new Set([id])
    for (const at of all) for (const below of this.below.get(at) ?? []) all.add(below)
    return all
  }

  unit(id: string): Unit | undefined {
    return this.unitById.get(id)
  }

  unitTitle(id: string): Text {
    return this.unit(id)?.title ?? named(id)
  }

  postTitle(post: string): Text {
    return this.parts.packs?.posts[post]?.title ?? named(post)
  }

  /** Who answers, in words: where, and the post there. */
  assigneeTitle(assignee: Assignee): Text {
    const where = assignee.unit ? this.unitTitle(assignee.unit) : assignee.cell ? this.cellTitle(assignee.cell) : {}
    const post = this.postTitle(assignee.post)
    const at = where.en ?? where.zh
    return { zh: `${where.zh ?? where.en ?? ''}${post.zh ?? post.en ?? ''}`, en: at ? `${post.en ?? post.zh ?? ''}, ${at}` : (post.en ?? post.zh ?? '') }
  }

  /** What titles a record: the field that its kind's views name; else its number; else its kind. */
  recordTitle(record: Titled, lang: Lang): string {
    const field = this.kind(record.kind)?.views?.title
    const value = (field ? record.fields?.[field] : undefined) ?? record.title ?? null
    const words = field && value !== null ? this.valueWords(record.kind, field, value, lang) : typeof value === 'string' ? value : ''
    return words || record.number || say(this.kindTitle(record.kind), lang)
  }

  /** A plain value in words: options by their titles, lists joined. Dates, places, links and files are left to the screens. */
  valueWords(kind: string, field: string, value: Json, lang: Lang): string {
    if (value === null || typeof value === 'boolean') return ''
    if (Array.isArray(value)) return value.map((item) => this.valueWords(kind, field, item, lang)).join(lang === 'zh' ? '、' : ', ')
    if (typeof value === 'object') return say(value as Text, lang)
    const declared = this.field(kind, field)
    if (declared?.type === 'choice' || declared?.type === 'choices') return say(this.optionTitle(kind, field, String(value)), lang)
    const unit = say(declared?.unit, lang)
    return unit ? `${value} ${unit}` : String(value)
  }
}

/** The engine's own actions, whose names stand in the catalogue. */
const BUILT_IN = new Set(['note', 'late', 'erase', 'rehome'])
/** What every record has beside its fields, as views name it. */
const COLUMNS = new Set(['cell', 'state', 'stage', 'due', 'number', 'opened', 'changed', 'closed', 'assignee', 'kind', 'place', 'reporter'])

/** Whether an entry of a choice list is a group, which is no value itself. */
export function isGroup(choice: Choice): boolean {
  return choice.options !== undefined && Object.keys(choice.options).length > 0
}

function named(id: string): Text {
  return { zh: id, en: id }
}
