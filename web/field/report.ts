import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { command } from '@core/command'
import { dropDraft, loadDraft, saveDraft } from '@core/draft'
import { FormModel, type FormSaved } from '@core/form'
import type { JsonObject, LonLat, Offer } from '@core/model'
import { useTown } from '@ui/town'
import { useField } from './app'
import { cellsOf } from './mine'
import { doubt, type Doubt } from './doubt'
import { DRAFT } from './draft'
import { useHere } from './here'
import type { Parcel } from './parcel'
import { shapeOf, type Shape } from './shape'

/** A report as it is kept while it is written. */
interface Kept {
  offer: string
  form: FormSaved
  place: LonLat | null
  accuracyM: number | null
  byHand: boolean
  parcel: string | null
}

/** The report being written: its form, where it is, what is doubtful about that, and its sending. */
export interface Report {
  offers: ComputedRef<Offer[]>
  offer: ShallowRef<Offer | undefined>
  model: ShallowRef<FormModel | undefined>
  shape: ComputedRef<Shape | undefined>
  /** Counts the changes of the form, for what is computed from it. */
  tick: ShallowRef<number>
  place: ShallowRef<LonLat | undefined>
  accuracyM: ShallowRef<number | undefined>
  byHand: ShallowRef<boolean>
  cell: ComputedRef<string | undefined>
  doubt: ComputedRef<Doubt | undefined>
  /** Whether its author has said that a doubtful place is right. */
  sure: ShallowRef<boolean>
  /** The parcel from which it was taken back, after a refusal. */
  mends: ShallowRef<string | null>
  choose: (offer: Offer) => void
  pin: (place: LonLat, accuracyM?: number | null) => void
  /** The words that stand for a summary nobody wrote: what it is and where. */
  words: () => string
  value: (id: string | undefined) => unknown
  set: (id: string, value: Parameters<FormModel['set']>[1]) => void
  clear: () => void
  /** Opens a refused parcel again, with the refusal at its field. */
  mend: (parcel: Parcel) => void
  /** Puts it into the outbox; undefined where the form says no. */
  send: () => Promise<Parcel | undefined>
}

export function useReport(): Report {
  const town = useTown()
  const { api, cellOf, outlines } = useField()
  const here = useHere()
  const offers = computed(() => (town.me.value?.creations ?? []).filter((offer) => shapeOf(offer, town.book.value.kind(offer.kind)).lead))
  const offer = shallowRef<Offer>()
  const model = shallowRef<FormModel>()
  const tick = shallowRef(0)
  const place = shallowRef<LonLat>()
  const accuracyM = shallowRef<number>()
  const byHand = shallowRef(false)
  const sure = shallowRef(false)
  const mends = shallowRef<string | null>(null)
  const shape = computed(() => offer.value && shapeOf(offer.value, town.book.value.kind(offer.value.kind)))
  const cell = computed(() => place.value && cellOf(place.value))
  const mine = computed(() => cellsOf(town.me.value).flatMap((id) => town.book.value.cell(id) ?? []))
  const outside = computed(() => Boolean(place.value && outlines.value.length > 0 && !cell.value))
  const found = computed(() => doubt(place.value, byHand.value ? null : accuracyM.value, byHand.value ? [] : mine.value, outside.value))
  let hushed: (() => void) | undefined

  function choose(to: Offer, saved = model.value?.save()): void {
    hushed?.()
    const made = FormModel.of(to, { lang: town.lang.value, within: (option, group) => town.book.value.within(to.kind, option, group) })
    if (saved) made.restore(saved)
    made.setPlace(place.value)
    offer.value = to
    model.value = made
    hushed = made.subscribe(() => {
      tick.value += 1
      save()
    })
    tick.value += 1
  }

  function save(): void {
    if (!offer.value || !model.value) return
    const kept: Kept = {
      offer: key(offer.value),
      form: model.value.save(),
      place: place.value ?? null,
      accuracyM: accuracyM.value ?? null,
      byHand: byHand.value,
      parcel: mends.value,
    }
    saveDraft(DRAFT, kept as unknown as JsonObject)
  }

  function pin(to: LonLat, accuracy?: number | null): void {
    place.value = to
    byHand.value = accuracy == null
    accuracyM.value = accuracy ?? undefined
    sure.value = false
    model.value?.setPlace(to)
    save()
  }

  function begin(): void {
    const kept = loadDraft<JsonObject>(DRAFT) as unknown as Kept | undefined
    const first = offers.value.find((one) => key(one) === kept?.offer) ?? offers.value[0]
    if (!first) return
    if (kept?.place) {
      place.value = kept.place
      accuracyM.value = kept.accuracyM ?? undefined
      byHand.value = kept.byHand
      mends.value = kept.parcel
    }
    choose(first, kept?.form)
  }

  function words(): string {
    const lead = shape.value?.lead
    const code = lead && model.value?.value(lead.id)
    const { book, say } = town
    const what = lead && typeof code === 'string' && offer.value ? say(book.value.optionTitle(offer.value.kind, lead.id, code)) : ''
    const where = cell.value ? say(book.value.cellTitle(cell.value)) : ''
    const both = what && where ? town.t('field.report.words', { what, where }) : what || where
    return both.slice(0, shape.value?.words?.field.max ?? 120)
  }

  function clear(): void {
    dropDraft(DRAFT)
    place.value = undefined
    accuracyM.value = undefined
    byHand.value = false
    sure.value = false
    mends.value = null
    model.value = undefined
    const first = offers.value[0]
    if (first) choose(first)
    follow()
  }

  function mend(parcel: Parcel): void {
    const { command: given, problem } = parcel
    const to = offers.value.find((one) => one.kind === given.kind && one.action === given.action) ?? offers.value[0]
    if (!to) return
    place.value = given.place
    byHand.value = true
    mends.value = parcel.id
    const values = { ...given.data }
    delete values['note']
    choose(to, { values, note: '', assignee: null, place: given.place ?? null })
    if (problem) model.value?.refuse(problem)
    tick.value += 1
    save()
  }

  async function send(): Promise<Parcel | undefined> {
    const [to, form] = [offer.value, model.value]
    if (!to || !form) return undefined
    const title = shape.value?.words
    if (title && !form.value(title.id)) form.set(title.id, words())
    if (!form.check()) {
      tick.value += 1
      return undefined
    }
    const parcel = await api.outbox.put(command({ kind: to.kind, action: to.action, place: form.place, data: form.data() }))
    if (mends.value) await api.outbox.drop(mends.value, false)
    dropDraft(DRAFT)
    return parcel
  }

  function follow(): void {
    const { fix } = here
    if (!byHand.value && fix.value) pin(fix.value.place, fix.value.accuracyM)
  }

  watch(offers, () => model.value ?? begin(), { immediate: true })
  watch(here.fix, follow, { immediate: true })
  return {
    offers, offer, model, shape, tick, place, accuracyM, byHand, cell, doubt: found, sure, mends, choose, pin, words, clear, mend, send,
    value: (id) => (void tick.value, id ? model.value?.value(id) : undefined),
    set: (id, value) => model.value?.set(id, value),
  }
}

function key(offer: Offer): string {
  return `${offer.kind} ${offer.action}`
}
