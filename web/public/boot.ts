// Runs in the page's head, before everything else: asks for what the address needs, and completes what stands before the scripts.
import { loadDraft } from '@core/draft'
import type { Progress } from '@core/model'
import { answer } from '@ui/answer'
import { boot } from '@ui/boot'
import { isRecordId } from './link'
import { among, readRemembered } from './remembered'
import { DRAFT } from './report/draft'
import { drawingOf, fillFollow, fillFrame, fillReport } from './stand'

// As a resident's requests are sent: without a session.
const { ask, begin, lang, read, stand } = boot('omit')
const [view = '', record = ''] = location.pathname.replace(/^\/public\//, '').split('/')

const status = ask('/status')
if (view === '') stand('front', (drawn) => fillFrame(drawn, status, lang))
else if (view === 'report') report()
else if (view === 'follow') follow(decodeURIComponent(record))
else begin()

function report(): void {
  read('views')
  const creations = ask('/creations')
  // What was begun here before goes on as it stands: only the page itself knows how.
  if (loadDraft(DRAFT) === undefined) stand('report', async (drawn) => (await fillReport(drawn, creations, lang)) && fillFrame(drawn, status, lang))
  else begin()
}

/** What the page of a report shows, where the address or this phone has its token. */
function follow(wanted: string): void {
  read('views')
  const known = among(readRemembered(), wanted)
  const token = location.hash.slice(1) || known?.token
  const id = isRecordId(wanted) ? wanted : known?.record
  if (!token) return begin()
  const progress = answer<Progress>(ask(`/follow/${encodeURIComponent(wanted)}?${new URLSearchParams({ token })}`))
  if (id) for (const part of ['', '/journal?limit=500', '/actions']) void ask(`/records/${encodeURIComponent(id)}${part}`, { 'Gewang-Follow': `${id}:${token}` })
  // Whoever has just reported is thanked first.
  if (history.state?.fresh === true) return begin()
  stand(progress.then(drawingOf), async (drawn) => fillFollow(drawn, await progress, known?.title, lang) && fillFrame(drawn, status, lang))
}
