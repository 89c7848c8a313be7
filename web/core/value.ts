/** Whether a value is what its field takes, and what is kept of it: the server's rules, so that a form says no at once. */
import { condition } from './expr'
import { isPlace } from './geo'
import type { Choice, ChoiceList, Field, Json, JsonObject } from './model'

/** Why a value is not taken: the server's code, and what its sentence fills in. */
export interface Wrong {
  /** Steps below the field, `/2/name`; empty for the field itself. */
  at: string
  code: string
  /** Where one code has several sentences, the one meant: `whole` of `wrong_type`. */
  of?: string
  params: Record<string, string | number>
}

/** A value as it would be sent, or why not. */
export type Checked = { value: Json; wrong?: undefined } | { wrong: Wrong[]; value?: undefined }

/** What checking asks beside the field. */
export interface ValueContext {
  /** What the record holds now: a retired option may stay. */
  present?: Json | undefined
  options?: ChoiceList | null | undefined
  /** The choice lists that columns of a table name. */
  lists?: ((list: string) => ChoiceList | null | undefined) | undefined
  within: (option: string, group: string) => boolean
}

const MAX_WHOLE = 9_007_199_254_740_991
const MAX_ROWS = 100
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
// What shows as something else than it is: controls, hidden and direction-changing characters, private use, no characters.
const DECEPTIVE =
  /[\u0000-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\uFDD0-\uFDEF\uE000-\uF8FF\u{E0000}-\u{E0FFF}\u{F0000}-\u{10FFFF}\p{Noncharacter_Code_Point}\p{Surrogate}]/u

/** Whether a value says nothing. */
export function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** The characters of a text as people count them, and as the server does. */
export function lengthOf(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

const fail = (code: string, params: Wrong['params'] = {}, of?: string, at = ''): Checked => ({
  wrong: [{ at, code, params, ...(of ? { of } : {}) }],
})

/** Checks a value against its field; null and what is empty are the form's business. */
export function checkValue(field: Field, value: Json, context: ValueContext): Checked {
  const many = field.many !== undefined && ['photo', 'audio', 'file', 'link'].includes(field.type)
  if (!many) return checkOne(field, value, context)
  if (!Array.isArray(value)) return fail('wrong_type')
  if (value.length > (field.many ?? 1)) return fail('too_many', { most: field.many ?? 1 })
  const kept: Json[] = []
  const wrong: Wrong[] = []
  value.forEach((item, index) => {
    const one = checkOne(field, item, { ...context, present: undefined })
    if (one.wrong) wrong.push(...below(index, one.wrong))
    else if (!kept.includes(one.value)) kept.push(one.value)
  })
  return wrong.length > 0 ? { wrong } : { value: kept }
}

function below(step: string | number, wrong: Wrong[]): Wrong[] {
  return wrong.map((one) => ({ ...one, at: `/${step}${one.at}` }))
}

function checkOne(field: Field, value: Json, context: ValueContext): Checked {
  switch (field.type) {
    case 'text':
      return sized(field, value, 120, false)
    case 'long_text':
      return sized(field, value, 4000, true)
    case 'name': {
      const name = clean(value, false)
      if (name.wrong) return name
      const length = lengthOf(name.value)
      return length >= 1 && length <= 60 ? name : fail('bad_name')
    }
    case 'phone':
      return phone(value)
    case 'integer':
    case 'number':
      return number(field, value)
    case 'yes_no':
      return typeof value === 'boolean' ? { value } : fail('wrong_type')
    case 'date':
      return matching(value, isDate, '2026-03-02')
    case 'time':
      return matching(value, (text) => /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(text), '16:50')
    case 'datetime':
      return matching(value, isInstant, '2026-03-02T16:50:00+08:00')
    case 'choice':
      return typeof value !== 'string' ? fail('wrong_type') : has(context, value, context.present === value) ? { value } : fail('unknown_option', { option: value })
    case 'choices':
      return choices(value, context)
    case 'photo':
    case 'audio':
    case 'file':
      return typeof value === 'string' && value !== '' ? { value } : fail('wrong_type')
    case 'place':
      return isPlace(value) ? { value } : fail('bad_place')
    case 'link':
      return typeof value === 'string' && UUID.test(value) ? { value: value.toLowerCase() } : fail('unknown_link')
    case 'table':
      return table(field, value, context)
  }
}

/** The text without the white space around it, or the character that it may not have. */
export function clean(value: Json, lines: boolean): { value: string; wrong?: undefined } | { wrong: Wrong[]; value?: undefined } {
  if (typeof value !== 'string') return { wrong: [{ at: '', code: 'wrong_type', params: {} }] }
  const text = value.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '')
  if (!DECEPTIVE.test(text)) return { value: text }
  let place = 0
  for (const char of text) {
    place++
    if (!DECEPTIVE.test(char) || (lines && /[\n\t\r]/.test(char))) continue
    const name = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    return { wrong: [{ at: '', code: 'bad_text', params: { place, name } }] }
  }
  return { value: text }
}

function sized(field: Field, value: Json, usual: number, lines: boolean): Checked {
  const text = clean(value, lines)
  if (text.wrong) return text
  const length = lengthOf(text.value)
  const most = field.max ?? usual
  if (length > most) return fail('too_long', { most, over: length - most })
  if (field.min !== undefined && length > 0 && length < field.min) return fail('too_short', { least: field.min })
  return text
}

function phone(value: Json): Checked {
  // Phones type full-width digits and long dashes with Chinese keyboards; what is meant is plain.
  const plain = typeof value === 'string' ? value.normalize('NFKC').replace(/[‐-―−]/g, '-') : value
  const text = clean(plain, false)
  if (text.wrong) return text
  const digits = text.value.replace(/\D/g, '').length
  return digits >= 3 && digits <= 15 && text.value.length <= 40 && /^[\d +\-()]*$/.test(text.value) ? text : fail('bad_phone')
}

function number(field: Field, value: Json): Checked {
  const whole = field.type === 'integer'
  const figure = typeof value === 'number' ? value : typeof value === 'string' ? figureOf(value) : NaN
  if (!Number.isFinite(figure)) return fail('wrong_type', {}, whole ? 'whole' : 'number')
  if (field.min !== undefined && figure < field.min) return fail('too_small', { least: field.min })
  if (field.max !== undefined && figure > field.max) return fail('too_large', { most: field.max })
  if (Math.abs(figure) > MAX_WHOLE) return figure < 0 ? fail('too_small', { least: -MAX_WHOLE }) : fail('too_large', { most: MAX_WHOLE })
  if (whole && !Number.isInteger(figure)) return fail('wrong_type', {}, 'whole')
  return { value: figure === 0 ? 0 : figure }
}

/** A figure as it was typed, with full-width digits and grouping commas or without. */
function figureOf(typed: string): number {
  const text = typed.normalize('NFKC').trim().replace('−', '-')
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(plain) ? Number(plain) : NaN
}

function matching(value: Json, fits: (text: string) => boolean, example: string): Checked {
  if (typeof value !== 'string') return fail('wrong_type')
  const text = value.trim()
  return fits(text) ? { value: text } : fail('bad_date', { example })
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  // JavaScript lets 30 February run over into March; the calendar has no such day.
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text
}

function isInstant(text: string): boolean {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)$/.exec(text)
  return parts !== null && text.length <= 40 && isDate(parts[1] ?? '')
}

function has(context: ValueContext, option: string, stays: boolean): boolean {
  return stays || !context.options || optionOf(context.options, option) !== undefined
}

/** The option with this code: of the list itself or of one of its groups. */
export function optionOf(list: ChoiceList, code: string): Choice | undefined {
  const own = Object.hasOwn(list, code) ? list[code] : undefined
  if (own && Object.keys(own.options ?? {}).length === 0) return own
  for (const group of Object.values(list)) if (group.options && Object.hasOwn(group.options, code)) return group.options[code]
  return undefined
}

function choices(value: Json, context: ValueContext): Checked {
  if (!Array.isArray(value)) return fail('wrong_type')
  const before = Array.isArray(context.present) ? context.present : []
  for (const [index, option] of value.entries()) {
    if (typeof option !== 'string') return fail('wrong_type', {}, undefined, `/${index}`)
    if (index > 200) return fail('too_many', { most: 200 }, undefined, `/${index}`)
    if (value.indexOf(option) !== index) return fail('repeated_option', { option }, undefined, `/${index}`)
    if (!has(context, option, before.includes(option))) return fail('unknown_option', { option }, undefined, `/${index}`)
  }
  return { value }
}

function table(field: Field, value: Json, context: ValueContext): Checked {
  if (!Array.isArray(value)) return fail('wrong_type')
  const most = field.max ?? MAX_ROWS
  if (value.length > most) return fail('too_many', { most })
  if (field.min !== undefined && value.length < field.min) return fail('too_few', { least: field.min })
  const before = Array.isArray(context.present) ? context.present : []
  const kept: Json[] = []
  const wrong: Wrong[] = []
  value.forEach((row, index) => {
    if (!isObject(row)) return wrong.push(...below(index, [{ at: '', code: 'wrong_type', params: {} }]))
    const present = before[index]
    const checked = checkRow(field, row, isObject(present) ? present : {}, context)
    if (checked.wrong) return wrong.push(...below(index, checked.wrong))
    return kept.push(checked.value)
  })
  return wrong.length > 0 ? { wrong } : { value: kept }
}

function checkRow(field: Field, row: JsonObject, present: JsonObject, context: ValueContext): Checked {
  const kept: JsonObject = {}
  const wrong: Wrong[] = []
  for (const id of askedColumns(field, row, context.within)) {
    const column = field.columns?.[id] as Field
    const value = row[id]
    if (value === undefined || isEmpty(value)) {
      if (value === undefined && column.default !== undefined) kept[id] = column.default
      else if (column.default !== undefined && !column.required) kept[id] = null
      else if (column.required) wrong.push({ at: `/${id}`, code: 'required', params: {} })
      continue
    }
    const checked = checkOne(column, value, { ...context, options: column.of ? context.lists?.(column.of) : undefined, present: present[id] })
    if (checked.wrong) wrong.push(...below(id, checked.wrong))
    else kept[id] = checked.value
  }
  return wrong.length > 0 ? { wrong } : { value: kept }
}

/** The columns asked of a row, in order: those whose condition holds over the row as it would be kept. */
export function askedColumns(field: Field, row: JsonObject, within: ValueContext['within']): string[] {
  const items = Object.entries(field.columns ?? {}).map(([id, column]) => ({ id, when: column.when, fallback: column.default }))
  return settle(items, row, (name, kept) => kept[name] ?? null, within)
}

/**
 * Which of several conditional items are asked. Each is decided in order, over the values of those sent, as the server
 * does it; what is sent depends on what is asked, so it is repeated until nothing changes.
 */
export function settle(
  items: readonly { id: string; when: string | undefined; fallback?: Json | undefined }[],
  values: JsonObject,
  field: (name: string, given: JsonObject) => Json,
  within: ValueContext['within'],
): string[] {
  let asked = items.map((item) => item.id)
  for (let turn = 0; turn <= items.length; turn++) {
    const given: JsonObject = {}
    for (const item of items) {
      const sent = asked.includes(item.id) ? values[item.id] : undefined
      if (sent !== undefined) given[item.id] = isEmpty(sent) ? null : sent
      else if (item.fallback !== undefined) given[item.id] = item.fallback
    }
    const next: string[] = []
    for (const item of items) {
      if (!item.when || condition(item.when).test({ field: (name) => field(name, given), within })) next.push(item.id)
      else delete given[item.id]
    }
    if (next.length === asked.length && next.every((id, at) => id === asked[at])) break
    asked = next
  }
  return asked
}

/** Whether a value is a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
