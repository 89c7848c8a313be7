// Runs in the page's head, before everything else: asks for what the address needs, and completes what stands before the scripts.
import type { RecordFilter } from '@core/asking'
import { loadDraft } from '@core/draft'
import type { Me, Packs, Page, Status, Territory } from '@core/model'
import { queryOf } from '@core/transport'
import { answer } from '@ui/answer'
import { boot } from '@ui/boot'
import { keptPerson } from '@ui/memory'
import { persona } from '@ui/persona'
import { DRAFT } from './draft'
import { ASSIGNED, cellsOf, inCell, REPORTED } from './mine'
import { keptPicture } from './picture'
import { keptSize } from './sizes'
import { asked, fillReport, fillToday, type Asked } from './stand'

const { ask, begin, lang, read, stand } = boot('same-origin')
const view = location.pathname.replace(/^\/field\/?/, '')
document.documentElement.dataset['size'] = keptSize()
if (view !== '') read('views')
// A persona of the demo acts by a token of its own, which is not known yet.
if (persona()) begin()
else start()

function start(): void {
  const person = keptPerson()
  const as: Record<string, string> = person ? { 'Gewang-As': person } : {}
  const records = (filter: RecordFilter): Promise<Page | null> => answer<Page>(ask(`/records${queryOf({ ...filter })}`, as))
  const me = answer<Me>(ask('/session'))
  const mine = [records(ASSIGNED), records(REPORTED)]
  // What is open in the cells of whoever is signed in.
  const near = me.then((found) => Promise.all(found && (!person || person === found.person) ? cellsOf(found).map((cell) => records(inCell(cell))) : []))
  const all: Asked = {
    me,
    packs: answer<Packs>(ask('/packs', as)),
    cells: answer<Territory>(ask('/cells', as)),
    status: answer<Status>(ask('/status', as)),
    records: Promise.all(mine).then(async (pages) => [...pages, ...(await near)]),
  }
  if (view === '') {
    const kept = keptPicture(person, lang)
    stand('today', async (drawn) => {
      const picture = kept ?? (await asked(all, lang))
      return picture !== undefined && fillToday(drawn, picture)
    })
  } else if (view === 'report' && loadDraft(DRAFT) === undefined && location.search === '') stand('report', async (drawn) => fillReport(drawn, await me, await all.status, lang))
  else begin()
}
