// Runs in the page's head, before everything else: asks for what the address needs.
import type { RecordFilter } from '@core/asking'
import type { Me } from '@core/model'
import { queryOf } from '@core/transport'
import { begin } from '@ui/boot'
import { keptPerson } from '@ui/memory'
import { persona } from '@ui/persona'
import { ASSIGNED, cellsOf, inCell, REPORTED } from './mine'

const { ask, read } = begin('same-origin')
const person = keptPerson()
const as: Record<string, string> = person ? { 'Gewang-As': person } : {}
const records = (filter: RecordFilter): void => void ask(`/records${queryOf({ ...filter })}`, as)

if (location.pathname !== '/field/') read('views')
// A persona of the demo acts by a token of its own, which is not known yet.
if (!persona()) {
  void ask('/session').then(theirs, () => undefined)
  records(ASSIGNED)
  records(REPORTED)
  for (const path of ['/packs', '/cells', '/status']) void ask(path, as)
}

/** What is open in the cells of whoever is signed in. */
async function theirs(answer: Response): Promise<void> {
  if (!answer.ok) return
  const me = (await answer.clone().json()) as Me
  if (!person || person === me.person) cellsOf(me).forEach((cell) => records(inCell(cell)))
}
