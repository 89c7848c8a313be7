import { ref } from 'vue'
import { expect, test } from 'vitest'
import type { Lang } from '@core/text'
import { Words } from '@ui/words'

const lang = ref<Lang>('en')
const words = new Words(lang)
words.learn('en', { a: { photos: 'No photos | {n} photo | {n} photos', days: 'in {n} day | in {n} days', of: '{what} at {where}', bar: 'a | b' } })
words.learn('zh', { a: { photos: '{n} 张照片', days: '{n} 天后', only: '只有中文' } })

test('a text in the form that its language has for a number', () => {
  const said = [0, 1, 2].map((n) => words.t('a.photos', { n }, n))
  expect(said).toEqual(['No photos', '1 photo', '2 photos'])
  expect([0, 1, 21].map((n) => words.t('a.days', {}, n))).toEqual(['in 0 days', 'in 1 day', 'in 21 days'])
  expect(words.t('a.days', { n: '1,000' }, 1000)).toBe('in 1,000 days')
  expect(words.t('a.bar')).toBe('a | b')
})

test('places are filled, the language may change, and what one lacks the other says', () => {
  expect(words.t('a.of', { what: 'x', where: '{what}' })).toBe('x at {what}')
  expect(words.t('a.only')).toBe('只有中文')
  expect([words.t('a.none'), words.t('a'), words.has('a.none'), words.has('a.only')]).toEqual(['a.none', 'a', false, true])
  lang.value = 'zh'
  expect(words.t('a.photos', { n: 1 }, 1)).toBe('1 张照片')
})
