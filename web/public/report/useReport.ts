import { computed, reactive, ref, shallowRef, watch } from 'vue'
import { uuid7 } from '@core/command'
import { dropDraft, loadBlobs, loadDraft, dropBlob, saveBlob, saveDraft } from '@core/draft'
import { FormModel, type FormSaved } from '@core/form'
import type { Json, LonLat, Offer } from '@core/model'
import { shrinkPhoto } from '@core/photo'
import { asTrouble, type Trouble } from '@core/trouble'
import { useToast } from '@ui/toast'
import { useTown } from '@ui/town'
import { DRAFT } from './draft'
import { blobsOf, dispatch, type Parcel, type Sending } from './outbox'
import { groupsOf, optionOf, rolesOf, wordsIntoFields } from './roles'

/** A photo as it stands on the page. */
export interface Picture { name: string; url: string }

/** What a draft keeps of a report that is being written; its photos lie beside it. */
type Written = {
  id: string
  record: string
  kind: string
  saved: FormSaved
  words: string
  place: LonLat | null
  placeName: string
  accuracy: number | null
  same: string | null
}

/** The report being written: everything typed is kept on this phone until it has arrived. */
export function useReport(): ReturnType<typeof begin> {
  return begin()
}

function begin() {
  const town = useTown()
  const { say: toast } = useToast()
  const state = ref<'loading' | 'ready' | 'none' | 'trouble'>('loading')
  const trouble = shallowRef<Trouble | null>(null)
  const offers = shallowRef<Offer[]>([])
  const offer = shallowRef<Offer | null>(null)
  const model = shallowRef<FormModel | null>(null)
  const revision = ref(0)
  const pictures = ref<Picture[]>([])
  const reading = ref(0)
  const kept = ref(false)
  const written = reactive({ id: uuid7(), record: uuid7(), words: '', place: null as LonLat | null, placeName: '', accuracy: null as number | null, same: null as string | null })

  const roles = computed(() => (offer.value ? rolesOf(offer.value) : null))
  const groups = computed(() => groupsOf(roles.value?.category))
  const category = computed(() => {
    void revision.value
    const id = roles.value?.category?.id
    return id && model.value ? optionOf(groups.value, model.value.value(id)) : undefined
  })
  const most = computed(() => roles.value?.photos?.field.many ?? 1)
  const empty = computed(() => !category.value && !written.words.trim() && pictures.value.length === 0)

  async function load(): Promise<void> {
    state.value = 'loading'
    try {
      offers.value = (await town.api.creations()).filter((one) => one.form.length > 0)
      const draft = loadDraft<Written>(DRAFT)
      const chosen = offers.value.find((one) => one.kind === draft?.kind) ?? offers.value[0]
      if (!chosen) {
        state.value = 'none'
        return
      }
      choose(chosen)
      if (draft && draft.kind === chosen.kind) await restore(draft)
      state.value = 'ready'
    } catch (error) {
      trouble.value = asTrouble(error)
      state.value = 'trouble'
    }
  }

  function choose(chosen: Offer): void {
    offer.value = chosen
    const photos = rolesOf(chosen).photos
    const made = FormModel.of({ ...chosen, form: chosen.form.filter((asked) => asked !== photos) }, { lang: town.lang.value, place: chosen.place })
    made.subscribe(() => {
      revision.value += 1
      keep()
    })
    model.value = made
  }

  async function restore(draft: Written): Promise<void> {
    Object.assign(written, { id: draft.id, record: draft.record, words: draft.words, place: draft.place, placeName: draft.placeName, accuracy: draft.accuracy, same: draft.same })
    model.value?.restore(draft.saved)
    if (draft.place) model.value?.setPlace(draft.place)
    const blobs = await loadBlobs(blobsOf(draft.record))
    pictures.value = [...blobs].map(([name, blob]) => ({ name, url: URL.createObjectURL(blob) }))
    kept.value = !empty.value
  }

  function keep(): void {
    if (!offer.value || !model.value || empty.value) return
    const draft: Written = { ...written, kind: offer.value.kind, saved: model.value.save() }
    saveDraft(DRAFT, draft as unknown as Json)
  }
  watch(() => ({ ...written }), keep)

  function setCategory(code: string): void {
    const id = roles.value?.category?.id
    if (id) model.value?.set(id, code)
    written.same = null
  }

  function setPlace(place: LonLat | null, name = '', accuracy: number | null = null): void {
    model.value?.setPlace(place ?? undefined)
    Object.assign(written, { place, placeName: name, accuracy, same: null })
  }

  async function addPhotos(files: Iterable<File>): Promise<void> {
    for (const file of files) {
      if (pictures.value.length + reading.value >= most.value) break
      reading.value += 1
      try {
        const { blob, width } = await shrinkPhoto(file)
        if (!width) {
          toast(town.t('ui.photo.no_picture'))
          continue
        }
        const name = `photo-${uuid7().slice(0, 13)}.jpg`
        await saveBlob(blobsOf(written.record), name, blob).catch(() => undefined)
        pictures.value.push({ name, url: URL.createObjectURL(blob) })
        keep()
      } finally {
        reading.value -= 1
      }
    }
  }

  function removePhoto(name: string): void {
    const found = pictures.value.find((one) => one.name === name)
    if (found) URL.revokeObjectURL(found.url)
    pictures.value = pictures.value.filter((one) => one.name !== name)
    void dropBlob(blobsOf(written.record), name).catch(() => undefined)
  }

  /** Begins anew; what was written is forgotten, unless it is on its way. */
  function startOver(sent = false): void {
    dropDraft(DRAFT)
    if (!sent) dropDraft(blobsOf(written.record))
    pictures.value.forEach((one) => URL.revokeObjectURL(one.url))
    pictures.value = []
    Object.assign(written, { id: uuid7(), record: uuid7(), words: '', same: null })
    kept.value = false
    if (offer.value) choose(offer.value)
    if (written.place) model.value?.setPlace(written.place)
  }

  /** Checks what was written; the fields that are wrong are told by the model. */
  function check(): boolean {
    const form = model.value
    const parts = roles.value
    if (!form || !parts) return false
    // Whoever writes no words is taken by the category and the place's name.
    for (const asked of [parts.words, parts.details]) if (asked) form.set(asked.id, null)
    const said = wordsIntoFields(parts, written.words, category.value, written.placeName, town.lang.value)
    for (const [id, text] of Object.entries(said)) form.set(id, text)
    if (written.same && parts.details) {
      const before = said[parts.details.id]
      form.set(parts.details.id, before ? `${before}\n${written.same}` : written.same)
    }
    const right = form.check()
    revision.value += 1
    return right && (offer.value?.place !== 'required' || written.place !== null)
  }

  /** Hands it over to be sent, and answers how that went. */
  async function send(): Promise<Sending & { record: string }> {
    const [form, chosen, parts] = [model.value, offer.value, roles.value]
    if (!form || !chosen || !parts) throw new Error('nothing was written')
    const data = form.data()
    const parcel: Parcel = {
      id: written.id,
      record: written.record,
      kind: chosen.kind,
      action: chosen.action,
      at: new Date(town.clock.now()).toISOString(),
      place: chosen.place === 'none' ? null : written.place,
      data,
      photos: pictures.value.map(({ name }) => ({ name, hash: null })),
      photoField: parts.photos?.id ?? null,
      many: (parts.photos?.field.many ?? 1) > 1,
      title: String((parts.words && data[parts.words.id]) ?? town.say(chosen.title)),
      phase: 'waiting',
    }
    return { ...(await dispatch(parcel)), record: parcel.record }
  }

  return { state, trouble, offers, offer, model, revision, roles, groups, category, pictures, reading, most, written, kept, empty, load, choose, setCategory, setPlace, addPhotos, removePhoto, startOver, check, send }
}

/** The report being written, as its page holds it. */
export type Report = ReturnType<typeof begin>
