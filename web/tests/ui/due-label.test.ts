import { afterEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import type { CaseRecord } from '@core/model'
import DueLabel from '@ui/DueLabel.vue'
import { inTown } from './a-town'

const RECORD = { id: '0', version: 1, late: false, closed: null, due: '2026-03-02T10:10:00+08:00' } satisfies Partial<CaseRecord>

function check(record: Partial<CaseRecord>, lang: 'zh' | 'en', words: string): void {
  const label = inTown(DueLabel, { record: { ...RECORD, ...record } }, lang)
  expect(label.text()).toBe(words)
  label.unmount()
}

afterEach(() => document.body.replaceChildren())

describe('a deadline in words', () => {
  it('is said as people say it, in both languages', () => {
    check({}, 'en', 'due in 40 minutes')
    check({}, 'zh', '40 分钟后到期')
  })

  it('says how late it is', () => {
    check({ due: '2026-03-02T07:30:00+08:00', late: true }, 'en', 'late by 2 hours')
    check({ due: '2026-03-02T07:30:00+08:00', late: true }, 'zh', '已超时 2 小时')
  })

  it('says that there is none, that its clock stands still, and when it was closed', () => {
    check({ due: null }, 'en', 'No deadline')
    check({ due: null, stopped: [['2026-03-01T10:00:00+08:00', null]] }, 'zh', '暂停计时')
    check({ closed: '2026-03-02T08:05:00+08:00' }, 'en', 'Closed 08:05')
  })

  it('opens to its working, and asks for it where the record came without', async () => {
    const working = {
      deadline: { at: RECORD.due, span: '2 workhours' },
      start: '2026-03-02T08:10:00+08:00',
      rule: '',
      extensions: [],
      steps: [{ from: '2026-03-02T08:10:00+08:00', to: RECORD.due, counted: true, why: { zh: '工作时间', en: 'working hours' } }],
      text: { zh: '自 08:10 起', en: '2 working hours from 08:10' },
    }
    const asked: string[] = []
    const label = inTown(DueLabel, { record: RECORD }, 'en', (town) => {
      town.api.record = (id) => {
        asked.push(id)
        return Promise.resolve({ ...RECORD, deadlines: { state: working } } as unknown as CaseRecord)
      }
    })
    await label.find('button').trigger('click')
    await new Promise((resolve) => setTimeout(resolve))
    await nextTick()
    expect(asked).toEqual(['0'])
    expect(document.body.textContent).toContain('2 working hours from 08:10')
    expect(document.body.textContent).toContain('working hours')
    label.unmount()
  })

  it('is plain words where it stands within something that is pressed', () => {
    const label = inTown(DueLabel, { record: RECORD, plain: true })
    expect(label.find('button').exists()).toBe(false)
    label.unmount()
  })
})
