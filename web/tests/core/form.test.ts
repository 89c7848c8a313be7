// @vitest-environment node
import { expect, test } from 'vitest'
import { FormModel, type FormOptions } from '@core/form'
import type { Asked, Field, Json, JsonObject, Offer, Problem } from '@core/model'

const title = { zh: '字段', en: 'Field' }
const area = {
  livelihood: { zh: '民生', en: 'Livelihood', options: { hardship: { zh: '困难', en: 'Hardship' } } },
  litter: { zh: '垃圾', en: 'Litter' },
}

function asked(id: string, field: Partial<Field> & Pick<Field, 'type'>, more: Partial<Asked> = {}): Asked {
  return { id, field: { title, ...field }, required: field.required ?? false, asked: true, ...more }
}

function form(fields: Asked[], options: Partial<FormOptions> = {}): FormModel {
  return new FormModel(fields, { lang: 'zh', ...options })
}

/** What becomes of one value: what is sent, or the code and the pointer of what is wrong. */
function take(field: Partial<Field> & Pick<Field, 'type'>, value: Json, more: Partial<Asked> = {}): Json | undefined {
  const model = form([asked('f', field, more)])
  model.set('f', value)
  if (model.check()) return model.data()['f'] ?? null
  return model.wrong().map((pointer) => `${pointer.replace('/data/f', '')} ${model.error(pointer)?.code}`).join(', ').trim()
}

test('texts are trimmed, counted by characters, and free of what cannot be seen', () => {
  expect(take({ type: 'text' }, '  井盖破损 ')).toBe('井盖破损')
  expect(take({ type: 'text', max: 3 }, '😀😀😀')).toBe('😀😀😀')
  expect(take({ type: 'text', max: 3 }, '😀😀😀😀')).toBe('too_long')
  expect(take({ type: 'text', min: 2 }, '井')).toBe('too_short')
  expect(take({ type: 'text' }, 'a'.repeat(121))).toBe('too_long')
  expect(take({ type: 'text' }, 'a\nb')).toBe('bad_text')
  expect(take({ type: 'long_text' }, 'a\nb\tc')).toBe('a\nb\tc')
  expect(take({ type: 'long_text' }, 'a'.repeat(4001))).toBe('too_long')
  expect(take({ type: 'long_text' }, 'a\u202eb')).toBe('bad_text')
  expect(take({ type: 'text' }, 'a\u200bb')).toBe('bad_text')
  expect(take({ type: 'text' }, 5)).toBe('wrong_type')
  expect(take({ type: 'name' }, ' 周 谷雨 ')).toBe('周 谷雨')
  expect(take({ type: 'name' }, '名'.repeat(61))).toBe('bad_name')
})

test('telephone numbers, figures, dates', () => {
  expect(take({ type: 'phone' }, '１３８ ００００－１２３４')).toBe('138 0000-1234')
  expect(take({ type: 'phone' }, '+86 (510) 8788')).toBe('+86 (510) 8788')
  expect(take({ type: 'phone' }, '12')).toBe('bad_phone')
  expect(take({ type: 'phone' }, '12345 ext 6')).toBe('bad_phone')
  expect(take({ type: 'integer', min: 1, max: 10 }, '３')).toBe(3)
  expect(take({ type: 'integer' }, '1,234')).toBe(1234)
  expect(take({ type: 'integer' }, 2.5)).toBe('wrong_type')
  expect(take({ type: 'integer', max: 10 }, 11)).toBe('too_large')
  expect(take({ type: 'integer', min: 1 }, 0)).toBe('too_small')
  expect(take({ type: 'number' }, '-2.50')).toBe(-2.5)
  expect(take({ type: 'number' }, '1e3')).toBe('wrong_type')
  expect(take({ type: 'number' }, 1e17)).toBe('too_large')
  expect(take({ type: 'yes_no' }, false)).toBe(false)
  expect(take({ type: 'yes_no' }, 'no')).toBe('wrong_type')
  expect(take({ type: 'date' }, '2028-02-29')).toBe('2028-02-29')
  expect(take({ type: 'date' }, '2026-02-29')).toBe('bad_date')
  expect(take({ type: 'time' }, '16:50')).toBe('16:50')
  expect(take({ type: 'time' }, '24:00')).toBe('bad_date')
  expect(take({ type: 'datetime' }, '2026-03-02T16:50:00+08:00')).toBe('2026-03-02T16:50:00+08:00')
  expect(take({ type: 'datetime' }, '2026-03-02T16:50')).toBe('bad_date')
  expect(take({ type: 'datetime' }, '2026-02-30T16:50:00Z')).toBe('bad_date')
})

test('options, files, places, links', () => {
  const options = area
  expect(take({ type: 'choice', of: 'area' }, 'hardship', { options })).toBe('hardship')
  expect(take({ type: 'choice', of: 'area' }, 'livelihood', { options })).toBe('unknown_option')
  expect(take({ type: 'choice', of: 'area' }, 'constructor', { options })).toBe('unknown_option')
  expect(take({ type: 'choices', of: 'area' }, ['hardship', 'litter'], { options })).toEqual(['hardship', 'litter'])
  expect(take({ type: 'choices', of: 'area' }, ['litter', 'litter'], { options })).toBe('/1 repeated_option')
  expect(take({ type: 'photo', many: 2 }, ['a', 'a', 'b'], {})).toBe('too_many')
  expect(take({ type: 'photo', many: 3 }, ['a', 'a', 'b'], {})).toEqual(['a', 'b'])
  expect(take({ type: 'audio' }, 'a')).toBe('a')
  expect(take({ type: 'place' }, [120.5, 31.5])).toEqual([120.5, 31.5])
  expect(take({ type: 'place' }, [31.5, 120.5])).toBe('bad_place')
  expect(take({ type: 'link', of: 'k' }, '01A20740-2F75-70B7-B254-23682CAD3184')).toBe('01a20740-2f75-70b7-b254-23682cad3184')
  expect(take({ type: 'link', of: 'k' }, 'nobody')).toBe('unknown_link')
})

test('a retired option may stay where it is, and nowhere else', () => {
  const fields = [asked('f', { type: 'choice', of: 'area' }, { options: area, value: 'old', required: true })]
  const model = form(fields, { record: { fields: { f: 'old' } } })
  expect(model.check()).toBe(true)
  const fresh = form([asked('f', { type: 'choice', of: 'area' }, { options: area })])
  fresh.set('f', 'old')
  expect(fresh.check()).toBe(false)
})

test('tables: rows, limits, conditions over the row, errors at the cell', () => {
  const columns: Record<string, Field> = {
    item: { title, type: 'text', required: true },
    n: { title, type: 'integer', min: 1, default: 1 },
    why: { title, type: 'text', when: 'n > 5', required: true },
  }
  expect(take({ type: 'table', columns }, [{ item: ' a ' }, { item: 'b', n: 3, why: 'not asked' }])).toEqual([{ item: 'a', n: 1 }, { item: 'b', n: 3 }])
  expect(take({ type: 'table', columns }, [{ item: 'a', n: 6 }])).toBe('/0/why required')
  expect(take({ type: 'table', columns }, [{ n: 0 }, 7])).toBe('/0/item required, /0/n too_small, /1 wrong_type')
  expect(take({ type: 'table', columns, max: 1 }, [{ item: 'a' }, { item: 'b' }])).toBe('too_many')
  expect(take({ type: 'table', columns, min: 2 }, [{ item: 'a' }])).toBe('too_few')
  const model = form([asked('f', { type: 'table', columns })])
  expect(model.columns('f', { n: 2 }).map((column) => column.id)).toEqual(['item', 'n'])
  expect(model.columns('f', { n: 6 }).map((column) => column.id)).toEqual(['item', 'n', 'why'])
})

test('conditions decide what is asked, in order, and what is not asked is not sent', () => {
  const fields = [
    asked('category', { type: 'choice', of: 'area', required: true }, { options: area }),
    asked('helped', { type: 'name', when: "within(category, 'livelihood')", required: true }),
    asked('more', { type: 'text', when: 'helped != null' }),
  ]
  const model = form(fields)
  const ids = (): string[] => model.fields().map((field) => field.id)
  expect(ids()).toEqual(['category'])
  model.set('category', 'hardship')
  expect(ids()).toEqual(['category', 'helped'])
  expect(model.check()).toBe(false)
  expect(model.wrong()).toEqual(['/data/helped'])
  model.set('helped', '王某')
  model.set('more', 'x')
  expect(model.data()).toEqual({ category: 'hardship', helped: '王某', more: 'x' })
  model.set('category', 'litter')
  // With `helped` not sent, `more` that depends on it goes too.
  expect(model.data()).toEqual({ category: 'litter' })
  model.set('category', 'hardship')
  expect(model.data()).toEqual({ category: 'hardship', helped: '王某', more: 'x' })
})

test('an older pack’s group is told by the book', () => {
  const fields = [asked('x', { type: 'text', when: "within(category, 'order')" })]
  const record = { fields: { category: 'theft' } }
  expect(form(fields, { record }).fields()).toEqual([])
  expect(form(fields, { record, within: (option, group) => option === 'theft' && group === 'order' }).fields().length).toBe(1)
})

test('a new record sends all it holds, its defaults too, and says so where one was emptied', () => {
  const model = form([asked('severity', { type: 'choice', of: 's', default: 'normal' }, { value: 'normal' }), asked('n', { type: 'integer' })])
  expect(model.data()).toEqual({ severity: 'normal' })
  expect(model.dirty).toBe(false)
  model.set('severity', null)
  expect(model.data()).toEqual({ severity: null })
})

test('a record that is there gets what changed and what must be answered', () => {
  const fields = [
    asked('kept', { type: 'text' }, { value: 'a' }),
    asked('changed', { type: 'text' }, { value: 'b' }),
    asked('emptied', { type: 'text' }, { value: 'c' }),
    asked('must', { type: 'text', required: true }, { value: 'd' }),
  ]
  const model = form(fields, { record: { fields: { kept: 'a', changed: 'b', emptied: 'c', must: 'd' } } })
  model.set('changed', 'B')
  model.set('emptied', '')
  expect(model.data()).toEqual({ changed: 'B', emptied: null, must: 'd' })
  const personal = [asked('phone', { type: 'phone', personal: 'contact', required: true })]
  expect(form(personal, { record: { fields: {}, sealed: ['contact'] }, moves: false }).check()).toBe(true)
  expect(form(personal, { record: { fields: {}, sealed: ['contact'] } }).check()).toBe(false)
})

const offer: Offer = {
  kind: 'k.k', action: 'dispatch', title, to: 'handling', form: [asked('f', { type: 'text' })], approval: false, place: 'required', note_required: true,
  assign: 'join', assignees: [{ unit: 'u1', post: 'clerk', title }],
}

test('note, place and assignee are asked as the offer says', () => {
  const model = FormModel.of(offer, { lang: 'en' })
  expect(model.check()).toBe(false)
  expect(model.wrong()).toEqual(['/place', '/data/assignee', '/data/note'])
  model.setNote(' see to it ')
  model.setPlace([120, 31])
  model.setAssignee(offer.assignees?.[0])
  expect(model.check()).toBe(true)
  expect(model.data()).toEqual({ note: 'see to it', assignee: { unit: 'u1', post: 'clerk' } })
})

test('a server’s refusal goes to its field, or is left to be shown', () => {
  const model = FormModel.of(offer, { lang: 'en' })
  const problem = (pointer: string): Problem => ({ type: '', title: '', status: 422, code: 'unknown_file', detail: '', pointer, text: { en: 'no' } })
  let told = 0
  model.subscribe(() => told++)
  expect(model.refuse(problem('/data/f/0'))).toBe(true)
  expect(model.error('/data/f/0')?.text).toEqual({ en: 'no' })
  expect(model.refuse(problem('/place'))).toBe(true)
  expect(model.refuse(problem('/version'))).toBe(false)
  expect(model.refuse(problem('/data'))).toBe(false)
  expect(model.refuse(problem('/data/other'))).toBe(false)
  expect(told).toBe(2)
  model.set('f', 'x')
  expect(model.error('/data/f/0')).toBeUndefined()
})

test('leaving a field tells what is wrong with it, not that it is empty', () => {
  const model = form([asked('f', { type: 'phone', required: true })])
  model.touch('f')
  expect(model.errors.size).toBe(0)
  model.set('f', '1')
  model.touch('f')
  expect(model.error('/data/f')?.key).toBe('core.refusal.bad_phone')
})

test('a draft comes back, without what the form no longer asks', () => {
  const model = FormModel.of(offer, { lang: 'en' })
  model.set('f', 'words')
  model.setNote('note')
  model.setPlace([120, 31])
  model.setAssignee(offer.assignees?.[0])
  const saved = JSON.parse(JSON.stringify(model.save())) as JsonObject
  const again = FormModel.of(offer, { lang: 'zh' })
  again.restore({ ...saved, values: { ...(saved['values'] as JsonObject), gone: 1 } })
  expect(again.data()).toEqual(model.data())
  expect(again.place).toEqual([120, 31])
  expect(again.dirty).toBe(true)
  for (const nonsense of [null, undefined, 5, 'x', {}, { values: 5 }]) {
    const fresh = FormModel.of(offer, { lang: 'zh' })
    fresh.restore(nonsense as Json)
    expect(fresh.data()).toEqual({})
  }
})
