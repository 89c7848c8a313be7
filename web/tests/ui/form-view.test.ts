import { afterEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import { FormModel } from '@core/form'
import type { Asked } from '@core/model'
import FormView from '@ui/FormView.vue'
import { inTown } from './a-town'

const ASKED: Asked[] = [
  {
    id: 'category',
    field: { title: { zh: '类别', en: 'Category' }, type: 'choice', of: 'category', required: true },
    required: true,
    asked: true,
    options: { litter: { zh: '垃圾', en: 'Litter' }, noise: { zh: '噪声', en: 'Noise' } },
  },
  { id: 'summary', field: { title: { zh: '摘要', en: 'Summary' }, type: 'text', required: true, max: 20 }, required: true, asked: true },
  {
    id: 'phone',
    field: { title: { zh: '电话', en: 'Telephone' }, type: 'phone', personal: 'contact' },
    required: false,
    asked: true,
    purpose: { zh: '回访', en: 'Calling back' },
  },
]

function show(lang: 'zh' | 'en' = 'en') {
  const model = new FormModel(ASKED, { lang })
  const view = inTown(FormView, { model, kind: 'test.matter', submit: 'Report' }, lang)
  return { model, view }
}

afterEach(() => document.body.replaceChildren())

describe('a form', () => {
  it('says at each field what is missing, sums it up and goes to the first', async () => {
    const { view } = show()
    await view.find('form').trigger('submit')
    await nextTick()
    await nextTick()
    expect(view.emitted('submit')).toBeUndefined()
    const errors = view.findAll('.field .g-error').map((one) => one.text())
    expect(errors).toHaveLength(2)
    expect(errors[0]).not.toContain('core.')
    expect(view.find('[role=alert]').text()).toContain('2 things to correct')
    expect(document.activeElement?.closest('[data-field]')?.getAttribute('data-field')).toBe('category')
  })

  it('names each error by the control that it belongs to', async () => {
    const { view } = show()
    await view.find('form').trigger('submit')
    await nextTick()
    const input = view.find('[data-field=summary] input')
    expect(input.attributes('aria-invalid')).toBe('true')
    const described = input.attributes('aria-describedby') ?? ''
    expect(view.find(`[id="${described}"]`).text()).not.toBe('')
  })

  it('is sent once it is right, with what was filled in', async () => {
    const { model, view } = show()
    await view.findAll('[data-field=category] input')[1]?.trigger('change')
    await view.find('[data-field=summary] input').setValue('a dog that barks')
    await view.find('form').trigger('submit')
    expect(view.emitted('submit')).toHaveLength(1)
    expect(model.data()).toMatchObject({ category: 'noise', summary: 'a dog that barks' })
  })

  it('puts what the server refuses at its field, in the words of the server', async () => {
    const { model, view } = show('zh')
    const detail = { zh: '太长了，请缩短。', en: 'It is too long.' }
    const placed = model.refuse({ type: 'about:blank', title: '', status: 422, code: 'too_long', detail: '', pointer: '/data/summary', text: detail })
    await nextTick()
    expect(placed).toBe(true)
    expect(view.find('[data-field=summary] .g-error').text()).toBe('太长了，请缩短。')
  })

  it('says why a personal datum is collected and when it is erased', () => {
    const { view } = show()
    const said = view.find('[data-field=phone]').text()
    expect(said).toContain('Calling back')
    expect(said).toContain('90 days')
    expect(view.find('[data-field=phone] input').attributes('type')).toBe('tel')
  })

  it('marks what may be left out', () => {
    const { view } = show()
    expect(view.findAll('.optional')).toHaveLength(1)
    expect(view.find('[data-field=phone] .optional').text()).toBe('optional')
  })
})
