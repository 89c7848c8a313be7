import { describe, expect, it } from 'vitest'
import type { ChoiceList, Entry, LonLat } from '@core/model'
import { groupsOf, matching } from '@ui/form/options'
import { hashesOf, listValue } from '@ui/form/values'
import { changesOf } from '@ui/history'
import { within } from '@ui/map/lasso'

const LIST: ChoiceList = {
  town: { zh: '村镇管理', en: 'Town', options: { litter: { zh: '暴露垃圾', en: 'Litter' }, poster: { zh: '小广告', en: 'Illegal posters', retired: true } } },
  order: { zh: '社会治安', en: 'Public order', options: { theft: { zh: '盗窃', en: 'Theft' } } },
  other: { zh: '其他', en: 'Other' },
}

describe('options', () => {
  it('stand by group, those of none first, retired ones only where held', () => {
    const codes = (held: string[]): string[][] => groupsOf(LIST, 'zh', held).map((group) => group.options.map((option) => option.code))
    expect(codes([])).toEqual([['other'], ['litter'], ['theft']])
    expect(codes(['poster'])).toEqual([['other'], ['litter', 'poster'], ['theft']])
  })

  it('are found in either language, by code, by the name of their group', () => {
    const found = (typed: string): string[] => matching(groupsOf(LIST, 'zh'), LIST, typed).flatMap((group) => group.options.map((option) => option.code))
    expect(found('垃圾')).toEqual(['litter'])
    expect(found('LITT')).toEqual(['litter'])
    expect(found('public order')).toEqual(['theft'])
    expect(found('nothing of the kind')).toEqual([])
    expect(found(' ')).toEqual(['other', 'litter', 'theft'])
  })
})

describe('files of a field', () => {
  it('are one or a list, as the field takes them', () => {
    expect(hashesOf('a')).toEqual(['a'])
    expect(hashesOf(['a', 'b'])).toEqual(['a', 'b'])
    expect(hashesOf(null)).toEqual([])
    expect(listValue(['a'], undefined)).toBe('a')
    expect(listValue(['a'], 9)).toEqual(['a'])
    expect(listValue([], 9)).toBeNull()
  })
})

describe('changes', () => {
  it('are told against what earlier entries had set, in whatever order they are given', () => {
    const entry = (seq: number, set: Entry['set']): Entry => ({ seq, set }) as Entry
    const changes = changesOf([entry(3, { severity: 'urgent', summary: 'a' }), entry(1, { severity: 'minor', summary: 'a' })])
    expect(changes.get(1)?.map((change) => change.before)).toEqual([undefined, undefined])
    expect(changes.get(3)).toEqual([{ field: 'severity', before: 'minor', after: 'urgent' }])
  })
})

describe('a lasso', () => {
  it('holds what lies within its line', () => {
    const ring: LonLat[] = [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]]
    expect(within([1, 1], ring)).toBe(true)
    expect(within([2, 3], ring)).toBe(false)
    expect(within([5, 1], ring)).toBe(false)
  })
})
