import type { Assign, Candidate, ChoiceList, Field, Json, JsonObject, PlaceRule } from './model'
import type { Lang, Text } from './text'

/** Why a value is not taken: a stable code (docs/refusals.md) and its sentence's key, or the server's own sentence. */
export interface FieldError {
  code: string
  /** `core.refusal.required` … */
  key: string
  params: Record<string, string | number>
  /** The server's sentence, where the error came from there: to be shown instead of the key's. */
  text?: Text
}

/** A field as it stands on the form now. */
export interface FormField {
  id: string
  /** `/data/ID` */
  pointer: string
  field: Field
  required: boolean
  purpose: Text | undefined
  options: ChoiceList | null | undefined
}

/** What a form must know beside its fields. */
export interface FormOptions {
  lang: Lang
  /** The record as it is, for conditions and for what stays; none for a new one. A CaseRecord fits. */
  record?: { fields: JsonObject; state?: string; stage?: string | null; cell?: string; sealed?: string[] } | null
  /** Whether the action moves the record on: then what is required must be answered here. True by default. */
  moves?: boolean
  /** The state that a new record begins in, for conditions. */
  to?: string | null
  place?: PlaceRule
  noteRequired?: boolean
  assign?: Assign | null
  assignees?: Candidate[]
  /** Whether an option lies in a group, where the options asked do not tell (`Book.within`). */
  within?: (option: string, group: string) => boolean
  /** The choice lists that columns of tables name. */
  choices?: (list: string) => ChoiceList | null | undefined
}

/** What a form holds, as a draft keeps it. */
export type FormSaved = { values: JsonObject; note: string; assignee: Json; place: Json }
