/** Packs as the pack language writes them (`packs/schema.json`), which the OpenAPI document leaves open. */
import type { Assign, Json, PlaceRule, Stage } from './model'
import type { Text } from './text'

/** What may stand in a field. */
export type FieldType =
  | 'text' | 'long_text' | 'integer' | 'number' | 'yes_no' | 'date' | 'time' | 'datetime' | 'choice' | 'choices'
  | 'phone' | 'name' | 'photo' | 'audio' | 'file' | 'place' | 'link' | 'table'

/** A field of a kind, or a column of a table. */
export interface Field {
  title: Text
  hint?: Text
  type: FieldType
  /** The choice list, or the kind that a link names. */
  of?: string
  unit?: Text
  min?: number
  max?: number
  many?: number
  required?: boolean
  default?: Json
  /** CEL over the fields of the kind (in a table, of the row). */
  when?: string
  personal?: string
  office?: boolean
  columns?: { [id: string]: Field }
}

/** An option, or a group of options (which is no value itself). */
export interface Choice { zh: string; en: string; options?: { [code: string]: Choice }; retired?: boolean }
/** The options of a choice list by code, in order. */
export type ChoiceList = { [code: string]: Choice }

/** One state of a kind. */
export interface State { title: Text; stage?: Stage; due?: string; final?: boolean; clock?: 'running' | 'stopped' }
/** One action of a kind, as its pack declares it. */
export interface Action {
  title: Text
  from?: string | string[]
  to?: string
  by: string[]
  form?: (string | { field: string; required: boolean })[]
  assign?: Assign
  needs?: { that: string; else: Text }[]
  other_than?: string[]
  approval?: string[]
  extend?: string
  merge?: string
  each?: boolean
}
/** Why personal data is collected, how long it is kept (`90d after closed`) and who may read it. */
export interface Purpose { purpose: Text; keep: string; see: string[] }
/** What lists, boards, maps, calendars and sums show. */
export interface Views { title?: string; list?: string[]; map?: { colour: string }; calendar?: string; count?: string[] }
/** A kind as its pack declares it. */
export interface Kind {
  title: Text
  about?: Text
  number?: string
  place?: PlaceRule
  fields: { [id: string]: Field }
  personal?: { [id: string]: Purpose }
  states: { [id: string]: State }
  actions: { [id: string]: Action }
  routes?: { when?: { [subject: string]: string | string[] }; then: { unit?: string; post: string } }[]
  limits?: { when?: { [subject: string]: string | string[] }; then: string }[]
  due?: string
  late?: { remind: string; then: string[]; every: string }
  duplicates?: { within: string; for: string; same?: string[] }
  see?: string[]
  views?: Views
}
/** A pack in force. */
export interface Pack {
  pack: string
  version?: number
  title: Text
  about?: Text
  uses?: string[]
  posts?: { [id: string]: { title: Text; at: 'cell' | 'unit' } }
  units?: { [role: string]: Text }
  choices?: { [list: string]: ChoiceList }
  kinds?: { [id: string]: Kind }
}
/** The packs in force, and the kinds of post as the town calls them. */
export interface Packs { title: Text; posts: { [id: string]: { title: Text; at: 'cell' | 'unit' } }; packs: Pack[] }
