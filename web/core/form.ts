import { ACCEPTS } from './command'
import type { FieldError, FormField, FormOptions, FormSaved } from './formparts'
import { isPlace } from './geo'
import type { Asked, Candidate, Field, Json, JsonObject, LonLat, Offer, Problem } from './model'
import { askedColumns, checkValue, clean, isEmpty, isObject, lengthOf, settle, type ValueContext, type Wrong } from './value'

export type { FieldError, FormField, FormOptions, FormSaved }

const POINTERS = { note: '/data/note', assignee: '/data/assignee', place: '/place' } as const

/**
 * A form as somebody fills it in: which fields are asked now, what stands in them, what is wrong, and what goes into the
 * command. It takes exactly what the server takes.
 */
export class FormModel {
  /** What is wrong, by pointer (`/data/phone`, `/data/rows/2/name`, `/data/note`, `/place`). */
  errors: Map<string, FieldError> = new Map()
  /** Words beside the action. */
  note = ''
  /** Whom it goes to, where that may be chosen; undefined: the routes decide. */
  assignee: Candidate | undefined = undefined
  place: LonLat | undefined = undefined
  /** Counts changes, for whoever draws it. */
  revision = 0
  /** Whether anything was typed. */
  dirty = false
  private values: JsonObject = {}
  private readonly initial: JsonObject = {}
  private readonly hearers = new Set<() => void>()

  constructor(
    readonly asked: readonly Asked[],
    readonly options: FormOptions,
  ) {
    for (const one of asked) {
      const value = one.value ?? (options.record ? null : (one.field.default ?? null))
      if (!isEmpty(value)) this.initial[one.id] = value
    }
    this.values = { ...this.initial }
  }

  /** The form of an action on offer, for a record or for a new one. */
  static of(offer: Offer, options: FormOptions): FormModel {
    return new FormModel(offer.form, {
      moves: offer.to !== undefined && offer.to !== null,
      to: offer.to ?? null,
      place: offer.place,
      noteRequired: offer.note_required,
      assign: offer.assign ?? null,
      assignees: offer.assignees ?? [],
      ...options,
    })
  }

  /** The fields asked now, in order. */
  fields(): FormField[] {
    const ids = new Set(this.askedIds())
    return this.asked.filter((one) => ids.has(one.id)).map((one) => ({
      id: one.id,
      pointer: `/data/${one.id}`,
      field: one.field,
      required: one.required,
      purpose: one.purpose ?? undefined,
      options: one.options,
    }))
  }

  /** What stands in a field, as it was typed; null where nothing does. */
  value(id: string): Json {
    return this.values[id] ?? null
  }

  /** Sets a value (null empties it), forgets what was wrong with it, and finds anew which fields are asked. */
  set(id: string, value: Json): void {
    if (isEmpty(value)) delete this.values[id]
    else this.values[id] = value
    this.clear(`/data/${id}`)
    this.changed()
  }

  setNote(note: string): void {
    this.note = note
    this.clear(POINTERS.note)
    this.changed()
  }

  setAssignee(assignee: Candidate | undefined): void {
    this.assignee = assignee
    this.clear(POINTERS.assignee)
    this.changed()
  }

  setPlace(place: LonLat | undefined): void {
    this.place = place
    this.clear(POINTERS.place)
    this.changed()
  }

  /** The columns asked of a row of a table, in order. */
  columns(id: string, row: JsonObject): FormField[] {
    const field = this.asked.find((one) => one.id === id)?.field
    if (!field) return []
    return askedColumns(field, row, this.within).map((column) => {
      const found = field.columns?.[column] as Field
      return {
        id: column,
        pointer: `/data/${id}/${column}`,
        field: found,
        required: found.required ?? false,
        purpose: undefined,
        options: found.of ? this.options.choices?.(found.of) : undefined,
      }
    })
  }

  /** The error at a pointer. */
  error(pointer: string): FieldError | undefined {
    return this.errors.get(pointer)
  }

  /** Checks a field that was left: tells what is wrong with what stands in it, not that something is missing. */
  touch(id: string): void {
    const one = this.asked.find((one) => one.id === id)
    if (!one || isEmpty(this.value(id)) || !this.askedIds().includes(id)) return
    const checked = checkValue(one.field, this.value(id), this.context(one))
    this.clear(`/data/${id}`)
    for (const wrong of checked.wrong ?? []) if (wrong.code !== 'required') this.fail(`/data/${id}`, wrong)
    this.told()
  }

  /** Checks everything, telling all that is wrong; true when the server's rules known here hold. */
  check(): boolean {
    this.errors.clear()
    for (const { id } of this.fields()) {
      const one = this.asked.find((one) => one.id === id) as Asked
      const checked = this.kept(one)
      for (const wrong of checked.wrong ?? []) this.fail(`/data/${id}`, wrong)
      if (!checked.wrong && one.required && !this.answered(one, checked.value)) this.fail(`/data/${id}`, { at: '', code: 'required', params: {} })
    }
    const { place, noteRequired, assign, record } = this.options
    if (this.place ? !isPlace(this.place) : false) this.fail(POINTERS.place, { at: '', code: 'bad_place', params: {} })
    if (place === 'required' && !this.place && !record) this.fail(POINTERS.place, { at: '', code: 'place_missing', params: {} })
    const note = clean(this.note, true)
    if (note.wrong) for (const wrong of note.wrong) this.fail(POINTERS.note, wrong)
    else if (lengthOf(note.value) > ACCEPTS.note) {
      this.fail(POINTERS.note, { at: '', code: 'too_long', params: { most: ACCEPTS.note, over: lengthOf(note.value) - ACCEPTS.note } })
    } else if (noteRequired && note.value === '') this.fail(POINTERS.note, { at: '', code: 'required', params: {} })
    if (assign === 'join' && !this.assignee) this.fail(POINTERS.assignee, { at: '', code: 'assignee_missing', params: {} })
    this.told()
    return this.errors.size === 0
  }

  /**
   * What goes into the command's `data`: of a new record every field asked that holds something, of one that is there
   * what was changed and what the action must answer; null where something was emptied. With the note and the assignee.
   */
  data(): JsonObject {
    const data: JsonObject = {}
    const { record } = this.options
    for (const { id } of this.fields()) {
      const one = this.asked.find((one) => one.id === id) as Asked
      const checked = this.kept(one)
      const value = checked.wrong ? this.value(id) : checked.value
      const before = record ? this.initial[id] : one.field.default
      if (isEmpty(value)) {
        if (!isEmpty(before)) data[id] = null
      } else if (!record || (one.required && this.moves) || JSON.stringify(value) !== JSON.stringify(before ?? null)) data[id] = value
    }
    const note = clean(this.note, true).value ?? this.note
    if (note !== '') data['note'] = note
    if (this.assignee && this.options.assign) {
      const { unit, cell, post } = this.assignee
      data['assignee'] = { ...(unit ? { unit } : {}), ...(cell ? { cell } : {}), post }
    }
    return data
  }

  /** Puts a server's problem at its field; false where it concerns none of this form and is to be shown for itself. */
  refuse(problem: Problem): boolean {
    const pointer = problem.pointer ?? ''
    const id = /^\/data\/([^/]+)/.exec(pointer)?.[1]
    const shown = Object.values<string>(POINTERS).includes(pointer) || (id !== undefined && this.askedIds().includes(id))
    if (!shown) return false
    this.errors.set(pointer, { code: problem.code, key: `core.refusal.${problem.code}`, params: {}, text: problem.text })
    this.told()
    return true
  }

  /** The pointers that have errors, in the order of the form. */
  wrong(): string[] {
    const order = [...this.fields().map((field) => field.pointer), POINTERS.place, POINTERS.assignee, POINTERS.note] as string[]
    const place = (pointer: string): number => {
      const at = order.findIndex((known) => pointer === known || pointer.startsWith(`${known}/`))
      return at < 0 ? order.length : at
    }
    return [...this.errors.keys()].sort((a, b) => place(a) - place(b))
  }

  /** What it holds, for a draft. */
  save(): FormSaved {
    const assignee = this.assignee ? ({ ...this.assignee, title: { ...this.assignee.title } } as Json) : null
    return { values: { ...this.values }, note: this.note, assignee, place: this.place ? [...this.place] : null }
  }

  /** Takes back what `save` gave; what this form does not ask, and whom it may not name, is left out. */
  restore(saved: Json | FormSaved | undefined): void {
    if (!isObject(saved as Json) || !saved) return
    const { values, note, assignee, place } = saved as FormSaved
    if (isObject(values)) this.values = Object.fromEntries(Object.entries(values).filter(([id]) => this.asked.some((one) => one.id === id)))
    if (typeof note === 'string') this.note = note
    if (isPlace(place)) this.place = place
    const same = (one: Candidate): boolean =>
      isObject(assignee) && one.post === assignee['post'] && (one.unit ?? null) === (assignee['unit'] ?? null) && (one.cell ?? null) === (assignee['cell'] ?? null)
    this.assignee = this.options.assignees?.find(same)
    this.changed()
  }

  /** Hears every change until the function returned is called. */
  subscribe(hear: () => void): () => void {
    this.hearers.add(hear)
    return () => this.hearers.delete(hear)
  }

  private get moves(): boolean {
    return this.options.moves ?? true
  }

  private readonly within = (option: string, group: string): boolean =>
    option === group ||
    this.asked.some((one) => one.options?.[group]?.options?.[option] !== undefined) ||
    (this.options.within?.(option, group) ?? false)

  private context(one: Asked): ValueContext {
    return {
      present: this.options.record ? this.initial[one.id] : undefined,
      options: one.options,
      lists: this.options.choices,
      within: this.within,
    }
  }

  /** A field's value as it would be sent, null for none. */
  private kept(one: Asked): { value: Json; wrong?: undefined } | { wrong: Wrong[]; value?: undefined } {
    const value = this.value(one.id)
    return isEmpty(value) ? { value: null } : checkValue(one.field, value, this.context(one))
  }

  private answered(one: Asked, value: Json): boolean {
    if (!isEmpty(value)) return true
    const { record } = this.options
    // A form that only corrects may leave personal data that are there as they are; they are not shown in it.
    return !!record && !this.moves && one.field.personal !== undefined && (record.sealed ?? []).includes(one.field.personal)
  }

  private askedIds(): string[] {
    const { record, to } = this.options
    const conditional = this.asked.some((one) => one.field.when)
    if (!conditional) return this.asked.map((one) => one.id)
    const sent: JsonObject = {}
    const items = this.asked.map((one) => {
      const checked = this.kept(one)
      sent[one.id] = checked.wrong ? this.value(one.id) : checked.value
      return { id: one.id, when: one.field.when, fallback: record ? undefined : one.field.default }
    })
    const around: JsonObject = { state: record?.state ?? to ?? null, stage: record?.stage ?? null, cell: record?.cell ?? null }
    return settle(items, sent, (name, given) => given[name] ?? (name in given ? null : (record?.fields[name] ?? around[name] ?? null)), this.within)
  }

  private clear(pointer: string): void {
    for (const key of [...this.errors.keys()]) if (key === pointer || key.startsWith(`${pointer}/`)) this.errors.delete(key)
  }

  private fail(pointer: string, wrong: Wrong): void {
    const key = wrong.of ? `core.refusal.${wrong.code}_${wrong.of}` : `core.refusal.${wrong.code}`
    this.errors.set(`${pointer}${wrong.at}`, { code: wrong.code, key, params: wrong.params })
  }

  private changed(): void {
    this.dirty = true
    this.told()
  }

  private told(): void {
    this.revision++
    for (const hear of this.hearers) hear()
  }
}
