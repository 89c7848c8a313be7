// @vitest-environment node
import { expect, test } from 'vitest'
import { Book, isGroup } from '@core/kind'
import type { Pack } from '@core/model'
import { fitted } from '@core/photo'
import { stageIndex, stageLook, STAGES } from '@core/stage'
import { langOf, say } from '@core/text'

const t = (zh: string, en: string): { zh: string; en: string } => ({ zh, en })
const governance: Pack = {
  pack: 'governance',
  title: t('全科网格', 'All-in-one grid'),
  choices: { category: { order: { ...t('治安', 'Order'), options: { theft: t('盗窃', 'Theft') } }, other: t('其他', 'Other') } },
  kinds: {
    matter: {
      title: t('事件', 'Matter'),
      fields: {
        category: { title: t('类别', 'Category'), type: 'choice', of: 'category' },
        summary: { title: t('摘要', 'Summary'), type: 'text' },
        weight: { title: t('重量', 'Weight'), type: 'number', unit: t('公斤', 'kg') },
      },
      states: { reported: { title: t('已上报', 'Reported'), stage: 'report' } },
      actions: { extend: { title: t('延期', 'Extend'), by: [] } },
      views: { title: 'summary' },
    },
  },
}
const town: Pack = { pack: 'town', title: t('镇', 'Town'), kinds: { unit: { title: t('单位', 'Unit'), fields: {}, states: {}, actions: {} } } }
const cell = (id: string, parent: string | null, leaf = false) =>
  ({ id, title: t(`${id}格`, `Cell ${id}`), level: 'x', leaf, label: [0, 0] as [number, number], area_m2: 1, parent })
const book = new Book({
  packs: { title: t('周铁镇', 'Zhoutie'), posts: { clerk: { title: t('经办人', 'Clerk'), at: 'unit' } }, packs: [town, governance] },
  territory: { root: 'r', levels: [], cells: [cell('r', null), cell('v', 'r'), cell('c', 'v', true)] },
  units: [{ id: 'u', role: 'x', title: t('城管', 'Enforcement'), active: true }],
})
const MATTER = 'governance.matter'

test('names by id; what is unknown is said by its id', () => {
  expect(book.kinds().map(([id]) => id)).toEqual(['governance.matter', 'town.unit'])
  expect(book.kindTitle(MATTER)).toEqual(t('事件', 'Matter'))
  expect(book.kindTitle('x.y').zh).toBe('x.y')
  expect(book.stateTitle(MATTER, 'reported').en).toBe('Reported')
  expect(book.stageOf(MATTER, 'reported')).toBe('report')
  expect(book.optionTitle(MATTER, 'category', 'theft').zh).toBe('盗窃')
  expect(book.optionTitle(MATTER, 'category', 'gone').zh).toBe('gone')
  expect(book.groupOf(MATTER, 'category', 'theft')?.code).toBe('order')
  expect([book.within(MATTER, 'theft', 'order'), book.within(MATTER, 'other', 'order'), book.within(MATTER, 'other', 'other')]).toEqual([true, false, true])
  expect([isGroup({ zh: '', en: '', options: {} }), book.choice(MATTER, 'category', 'order')]).toEqual([false, undefined])
  expect(book.assigneeTitle({ unit: 'u', post: 'clerk' })).toEqual(t('城管经办人', 'Clerk, Enforcement'))
  expect(book.assigneeTitle({ cell: 'c', post: 'unknown' }).zh).toBe('c格unknown')
})

test('actions: the pack’s, settled requests, the engine’s own', () => {
  expect(book.actionWords(MATTER, 'extend', 'en')).toEqual(t('延期', 'Extend'))
  expect(book.actionWords(MATTER, 'extend.refuse', 'zh')).toEqual({ key: 'core.action.refuse', params: { action: '延期' } })
  expect(book.actionWords(MATTER, 'note', 'zh')).toEqual({ key: 'core.action.note', params: {} })
  expect(book.fieldWords(MATTER, 'due')).toEqual({ key: 'core.column.due', params: {} })
})

test('the territory’s tree', () => {
  expect(book.cellPath('c').map(({ id }) => id)).toEqual(['r', 'v', 'c'])
  expect([...book.cellsBelow('v')].sort()).toEqual(['c', 'v'])
  expect(book.cellsIn('r').map(({ id }) => id)).toEqual(['v'])
  expect(book.cellPath('nowhere')).toEqual([])
})

test('what titles a record, and values in words', () => {
  expect(book.recordTitle({ kind: MATTER, fields: { summary: '井盖' }, number: 'SJ-1' }, 'zh')).toBe('井盖')
  expect(book.recordTitle({ kind: MATTER, fields: {}, number: 'SJ-1' }, 'zh')).toBe('SJ-1')
  expect(book.recordTitle({ kind: MATTER }, 'en')).toBe('Matter')
  expect(book.recordTitle({ kind: 'x.y', title: 'told' }, 'en')).toBe('told')
  expect(book.valueWords(MATTER, 'category', ['theft', 'other'], 'en')).toBe('Theft, Other')
  expect(book.valueWords(MATTER, 'weight', 5, 'zh')).toBe('5 公斤')
})

test('texts, stages, sizes', () => {
  expect([say({ zh: '只有中文' }, 'en'), say(null, 'zh'), say({}, 'zh')]).toEqual(['只有中文', '', ''])
  expect(['zh-Hans-CN', 'en-GB', 'de', null].map(langOf)).toEqual(['zh', 'en', undefined, undefined])
  expect(STAGES.map((look) => look.stage)).toEqual(['report', 'triage', 'handle', 'close'])
  expect([stageIndex('handle'), stageIndex(null), stageLook('close')?.glyph]).toEqual([2, -1, '✔'])
  expect([fitted(4000, 3000, 2048), fitted(100, 50, 2048), fitted(1, 9000, 2048)]).toEqual([
    { width: 2048, height: 1536 }, { width: 100, height: 50 }, { width: 1, height: 2048 },
  ])
})
