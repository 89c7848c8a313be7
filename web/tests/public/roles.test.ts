import { describe, expect, it } from 'vitest'
import type { Asked, Field, Offer } from '@core/model'
import { groupsOf, optionOf, rolesOf, searched, wordsIntoFields } from '../../public/report/roles'

const title = { zh: '题', en: 'Title' }
const asked = (id: string, field: Partial<Field> & Pick<Field, 'type'>, more: Partial<Asked> = {}): Asked => ({
  id,
  field: { title, ...field },
  required: false,
  asked: true,
  ...more,
})
const category = asked(
  'category',
  { type: 'choice' },
  {
    required: true,
    options: {
      town: { zh: '村镇管理', en: 'Town', options: { litter: { zh: '暴露垃圾', en: 'Litter' }, old: { zh: '旧', en: 'Old', retired: true }, lamp: { zh: '路灯故障', en: 'Streetlight out of order' } } },
      other: { zh: '其他', en: 'Other' },
    },
  },
)
const offer = (form: Asked[]): Offer => ({ kind: 'a.b', action: 'report', title, form, approval: false, place: 'required', note_required: false })
const matter = offer([
  category,
  asked('severity', { type: 'choice', default: 'normal' }, { required: true }),
  asked('summary', { type: 'text', min: 2, max: 20 }, { required: true }),
  asked('details', { type: 'long_text', max: 2000 }),
  asked('photos', { type: 'photo', many: 9 }),
  asked('name', { type: 'name', personal: 'contact' }),
])

describe('the parts of the page', () => {
  it('are found by the types of the fields', () => {
    const roles = rolesOf(matter)
    expect([roles.category, roles.photos, roles.words, roles.details].map((one) => one?.id)).toEqual(['category', 'photos', 'summary', 'details'])
    expect(roles.rest.map((one) => one.id)).toEqual(['severity', 'name'])
  })

  it('may be missing altogether', () => {
    const roles = rolesOf(offer([asked('when', { type: 'date' })]))
    expect(roles.category).toBeUndefined()
    expect(roles.rest.map((one) => one.id)).toEqual(['when'])
  })
})

describe('the options', () => {
  const groups = groupsOf(category)

  it('stand in their groups, without those that are retired', () => {
    expect(groups.map((group) => [group.code, group.options.map((option) => option.code)])).toEqual([
      ['', ['other']],
      ['town', ['litter', 'lamp']],
    ])
    expect(optionOf(groups, 'lamp')?.group).toBe('town')
  })

  it('are found by part of a word in either language, and by what two characters share', () => {
    const found = (typed: string): string[] => searched(groups, typed).flatMap((group) => group.options.map((option) => option.code))
    expect(found('street')).toEqual(['lamp'])
    expect(found('垃圾')).toEqual(['litter'])
    expect(found('垃圾没人收')).toEqual(['litter'])
    expect(found('村镇')).toEqual(['litter', 'lamp'])
    expect(found('xyz')).toEqual([])
    expect(found('')).toEqual(['other', 'litter', 'lamp'])
  })
})

describe('the words', () => {
  const roles = rolesOf(matter)
  const litter = optionOf(groupsOf(category), 'litter')
  const fields = (typed: string): Record<string, string> => wordsIntoFields(roles, typed, litter, '村口', 'zh')

  it('are the category and the place for whoever writes none', () => {
    expect(fields('  ')).toEqual({ summary: '暴露垃圾，村口' })
  })

  it('are the title where they fit', () => {
    expect(fields('堆了三天')).toEqual({ summary: '堆了三天' })
  })

  it('stand whole in the details where they are too long, too short or several lines', () => {
    const long = '很长'.repeat(30)
    expect(fields(long)).toEqual({ summary: `${'很长'.repeat(9)}很…`, details: long })
    expect([...(fields(long)['summary'] ?? '')]).toHaveLength(20)
    expect(fields('第一行\n第二行')).toEqual({ summary: '第一行', details: '第一行\n第二行' })
    expect(fields('脏')).toEqual({ summary: '暴露垃圾，村口', details: '脏' })
  })
})
