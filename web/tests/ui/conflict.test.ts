import { afterEach, describe, expect, it } from 'vitest'
import type { Asked, CaseRecord, JsonObject } from '@core/model'
import { conflictRows, merged } from '@ui/conflict'
import ConflictView from '@ui/ConflictView.vue'
import { inTown } from './a-town'

const ASKED: Asked[] = [
  { id: 'category', field: { title: { en: 'Category' }, type: 'choice', of: 'category' }, required: false, asked: true },
  { id: 'summary', field: { title: { en: 'Summary' }, type: 'text' }, required: false, asked: true },
]

function record(version: number, fields: JsonObject, state = 'reported'): CaseRecord {
  return { id: '0', kind: 'test.matter', version, fields, state, assigned: [], reporters: [], late: false } as unknown as CaseRecord
}

const BEFORE = record(1, { category: 'litter', summary: 'old' })
const MINE = { category: 'noise', summary: 'mine' }

afterEach(() => document.body.replaceChildren())

describe('what both changed', () => {
  it('is what they changed and I want otherwise', () => {
    const rows = conflictRows(ASKED, MINE, BEFORE, record(2, { category: 'litter', summary: 'theirs' }))
    expect(rows.map((row) => [row.id, row.clash])).toEqual([['category', false], ['summary', true]])
  })

  it('is nothing where we agree', () => {
    const rows = conflictRows(ASKED, MINE, BEFORE, record(2, { category: 'litter', summary: 'mine' }))
    expect(rows.some((row) => row.clash)).toBe(false)
  })

  it('is not what each has to say anew', () => {
    const reason: Asked[] = [{ id: 'reason', field: { title: { en: 'Reason' }, type: 'text' }, required: true, asked: true }]
    const rows = conflictRows(reason, { reason: 'mine' }, BEFORE, record(2, { category: 'litter', summary: 'old', reason: 'theirs' }))
    expect(rows.map((row) => row.clash)).toEqual([false])
  })

  it('leaves out of what is sent the fields where theirs was chosen', () => {
    const rows = conflictRows(ASKED, MINE, BEFORE, record(2, { category: 'litter', summary: 'theirs' }))
    expect(merged(MINE, rows, { summary: 'theirs' })).toEqual({ category: 'noise' })
    expect(merged(MINE, rows, { summary: 'mine' })).toEqual(MINE)
  })
})

describe('a record that somebody else changed meanwhile', () => {
  const now = record(2, { category: 'litter', summary: 'theirs' }, 'registered')
  const props = { asked: ASKED, mine: MINE, before: BEFORE, now }

  it('shows both, and sends only after a choice', async () => {
    const view = inTown(ConflictView, props)
    expect(view.text()).toContain('mine')
    expect(view.text()).toContain('theirs')
    expect(view.text()).toContain('Registered')
    await view.find('.g-button.primary').trigger('click')
    expect(view.emitted('keep')).toBeUndefined()
    await view.findAll('input[type=radio]')[1]?.trigger('change')
    await view.find('.g-button.primary').trigger('click')
    expect(view.emitted('keep')).toEqual([[{ category: 'noise' }]])
  })

  it('offers no sending where the step is no longer possible', async () => {
    const view = inTown(ConflictView, { ...props, possible: false })
    expect(view.find('input').exists()).toBe(false)
    expect(view.text()).toContain('no longer possible')
    await view.find('.g-button').trigger('click')
    expect(view.emitted('drop')).toHaveLength(1)
  })
})
