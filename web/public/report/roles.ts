import type { Asked, Choice, Offer } from '@core/model'
import type { Lang } from '@core/text'

/** Which field of a kind's form plays which part on the page; what plays none is asked among the rest. */
export interface Roles {
  /** What it is: the first choice that must be made. */
  category: Asked | undefined
  /** What it looks like. */
  photos: Asked | undefined
  /** What it is in words, and more of them. */
  words: Asked | undefined
  details: Asked | undefined
  /** Everything else in the order of the form. */
  rest: Asked[]
}

/** Finds the parts by the types of the fields, so that any kind that a pack opens to the public can be reported. */
export function rolesOf(offer: Offer): Roles {
  const first = (wanted: (asked: Asked) => boolean): Asked | undefined => offer.form.find((asked) => asked.asked && wanted(asked))
  const category = first(({ field, required }) => field.type === 'choice' && required && field.default === undefined)
  const photos = first(({ field }) => field.type === 'photo')
  const words = first(({ field }) => field.type === 'text' && !field.personal)
  const details = first(({ field }) => field.type === 'long_text' && !field.personal)
  const named = new Set([category, photos, words, details])
  return { category, photos, words, details, rest: offer.form.filter((asked) => !named.has(asked)) }
}

/** An option to choose, with the heading under which it stands. */
export interface Option { code: string; title: Choice; group: string | undefined }
/** Options under one heading. */
export interface Group { code: string; title: Choice | undefined; options: Option[] }

/** The options of a choice in their groups; those without a group stand first, under no heading. */
export function groupsOf(asked: Asked | undefined): Group[] {
  const loose: Group = { code: '', title: undefined, options: [] }
  const groups: Group[] = [loose]
  for (const [code, choice] of Object.entries(asked?.options ?? {})) {
    if (choice.options) {
      const below = Object.entries(choice.options).filter(([, one]) => !one.retired)
      groups.push({ code, title: choice, options: below.map(([id, title]) => ({ code: id, title, group: code })) })
    } else if (!choice.retired) {
      loose.options.push({ code, title: choice, group: undefined })
    }
  }
  return groups.filter((group) => group.options.length > 0)
}

/** The groups with only those options that what was typed may mean, in either language. */
export function searched(groups: Group[], typed: string): Group[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return groups
  const says = (group: Group, option: Option): boolean => {
    const own = `${option.title.zh} ${option.title.en}`.toLowerCase()
    const heading = `${group.title?.zh ?? ''} ${group.title?.en ?? ''}`.toLowerCase()
    // Chinese is typed without spaces: "垃圾没人收" means litter though its name is longer or shorter.
    const shared = (word: string): boolean => [...word].some((_, at) => at + 2 <= word.length && /[\u3400-\u9fff]{2}/.test(word.slice(at, at + 2)) && own.includes(word.slice(at, at + 2)))
    return words.every((word) => own.includes(word) || heading.includes(word) || shared(word))
  }
  return groups
    .map((group) => ({ ...group, options: group.options.filter((option) => says(group, option)) }))
    .filter((group) => group.options.length > 0)
}

/** An option by its code. */
export function optionOf(groups: Group[], code: unknown): Option | undefined {
  return groups.flatMap((group) => group.options).find((option) => option.code === code)
}

/** What somebody wrote as the two fields for it: the first words as the title where all is too long for that. */
export function wordsIntoFields(roles: Roles, typed: string, category: Option | undefined, place: string, lang: Lang): Record<string, string> {
  const text = typed.trim()
  const most = roles.words?.field.max ?? 120
  const least = roles.words?.field.min ?? 0
  const bare = category?.title[lang] ?? ''
  const data: Record<string, string> = {}
  const oneLine = text.split('\n')[0]?.trim() ?? ''
  const fits = [...text].length <= most && !text.includes('\n')
  if (roles.words) {
    const title = [...oneLine].length >= Math.max(least, 1) ? oneLine : [bare, place].filter(Boolean).join(lang === 'zh' ? '，' : ', ')
    const cut = [...title].length > most ? `${[...title].slice(0, most - 1).join('')}…` : title
    if (cut) data[roles.words.id] = cut
  }
  if (roles.details && text && (!fits || [...oneLine].length < least || !roles.words)) data[roles.details.id] = text
  return data
}
