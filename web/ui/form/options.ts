import type { ChoiceList } from '@core/model'
import { say, type Lang } from '@core/text'

/** An option as a form shows it. */
export interface Option {
  code: string
  words: string
  /** Its group's code; empty where it stands in none. */
  group: string
}
/** Options under one heading; `title` is empty for those that stand in no group. */
export interface OptionGroup {
  code: string
  title: string
  options: Option[]
}

/**
 * The options of a list in its order, group by group. Those that are retired are left out but for the ones in `held`;
 * groups within groups are shown under the outermost one.
 */
export function groupsOf(list: ChoiceList, lang: Lang, held: readonly string[] = []): OptionGroup[] {
  const loose: OptionGroup = { code: '', title: '', options: [] }
  const groups: OptionGroup[] = []
  for (const [code, choice] of Object.entries(list)) {
    if (choice.options) {
      const group = { code, title: say(choice, lang), options: flat(choice.options, code, lang, held) }
      if (group.options.length > 0) groups.push(group)
    } else if (!choice.retired || held.includes(code)) {
      loose.options.push({ code, words: say(choice, lang), group: '' })
    }
  }
  return loose.options.length > 0 ? [loose, ...groups] : groups
}

function flat(list: ChoiceList, group: string, lang: Lang, held: readonly string[]): Option[] {
  return Object.entries(list).flatMap(([code, choice]) => {
    if (choice.options) return flat(choice.options, group, lang, held)
    return choice.retired && !held.includes(code) ? [] : [{ code, words: say(choice, lang), group }]
  })
}

/**
 * The groups with only what matches what was typed: in either language or by code, each word anywhere. A group whose
 * title matches keeps all its options.
 */
export function matching(groups: readonly OptionGroup[], list: ChoiceList, typed: string): OptionGroup[] {
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...groups]
  const texts = new Map<string, string>()
  collect(list, texts)
  const fits = (code: string): boolean => words.every((word) => (texts.get(code) ?? code).includes(word))
  return groups
    .map((group) => (group.code && fits(group.code) ? group : { ...group, options: group.options.filter((option) => fits(option.code)) }))
    .filter((group) => group.options.length > 0)
}

function collect(list: ChoiceList, into: Map<string, string>): void {
  for (const [code, choice] of Object.entries(list)) {
    into.set(code, `${choice.zh} ${choice.en} ${code.replaceAll('_', ' ')}`.toLowerCase())
    if (choice.options) collect(choice.options, into)
  }
}
