import type { Asked, Choice, ChoiceList, Kind, Offer } from '@core/model'

/**
 * Which part a form's fields play on the page of a report. A pack names no such parts: the lead is the first choice that
 * must be made, the words are what titles the record, the scale is a short choice beside the lead.
 */
export interface Shape {
  lead: Asked | undefined
  words: Asked | undefined
  photos: Asked | undefined
  voice: Asked | undefined
  scale: Asked | undefined
  /** All others that are asked, as the form draws them: those that must be answered first. */
  must: Asked[]
  more: Asked[]
}

/** At most so many options stand side by side. */
const SIDE_BY_SIDE = 5

/** The parts of the form of an action that opens a record. */
export function shapeOf(offer: Offer, kind: Kind | undefined): Shape {
  const plain = offer.form.filter((asked) => !asked.field.personal)
  const lead = plain.find((asked) => asked.field.type === 'choice' && asked.required && !isShort(asked))
  const words = plain.find((asked) => asked.id === kind?.views?.title && asked.field.type === 'text')
  const photos = plain.find((asked) => asked.field.type === 'photo')
  const voice = plain.find((asked) => asked.field.type === 'audio')
  const scale = plain.find((asked) => asked.field.type === 'choice' && asked !== lead && asked.required && isShort(asked))
  const played = new Set([lead, words, photos, voice, scale])
  const rest = offer.form.filter((asked) => !played.has(asked))
  return { lead, words, photos, voice, scale, must: rest.filter((asked) => asked.required), more: rest.filter((asked) => !asked.required) }
}

function isShort(asked: Asked): boolean {
  const options = Object.values(asked.options ?? {})
  return options.length <= SIDE_BY_SIDE && options.every((option) => !option.options)
}

/** An option that may be chosen, with the group in which it stands. */
export interface Option {
  code: string
  choice: Choice
  group?: { code: string; choice: Choice }
}

/** The options of a list in its order, groups opened; retired ones are left out. */
export function optionsOf(list: ChoiceList | null | undefined, group?: Option['group']): Option[] {
  return Object.entries(list ?? {}).flatMap(([code, choice]): Option[] => {
    if (choice.retired) return []
    if (choice.options) return optionsOf(choice.options, { code, choice })
    return [group ? { code, choice, group } : { code, choice }]
  })
}

/** Options whose name in either language, or whose group's name, holds what was typed. */
export function search(options: readonly Option[], typed: string): Option[] {
  const words = typed.trim().toLowerCase()
  if (!words) return [...options]
  const holds = (choice: Choice | undefined): boolean =>
    Boolean(choice && (choice.zh.toLowerCase().includes(words) || choice.en.toLowerCase().includes(words)))
  return options.filter((option) => holds(option.choice) || holds(option.group?.choice))
}

/** The options used most: by own use first, then by what is frequent here, then those that `stood` there last, then in the order of the list. */
export function favourites(options: readonly Option[], mine: ReadonlyMap<string, number>, here: ReadonlyMap<string, number>, most = 6, stood: readonly string[] = []): Option[] {
  const weight = (option: Option): number => (mine.get(option.code) ?? 0) * 1000 + (here.get(option.code) ?? 0)
  return options
    .map((option, at) => ({ option, index: stood.includes(option.code) ? stood.indexOf(option.code) - stood.length : at }))
    .sort((a, b) => weight(b.option) - weight(a.option) || a.index - b.index)
    .slice(0, most)
    .map(({ option }) => option)
}
