// Runs in the page's head, before everything else: asks for what the address needs.
import { begin } from '@ui/boot'
import { isRecordId } from './link'
import { among, readRemembered } from './remembered'

// As a resident's requests are sent: without a session.
const { ask, read, stand } = begin('omit')
const [view = '', record = ''] = location.pathname.replace(/^\/public\//, '').split('/')

void ask('/status')
if (view === '') stand()
if (view === 'report') {
  read('views')
  void ask('/creations')
}
if (view === 'follow') {
  read('views')
  follow(decodeURIComponent(record))
}

/** What the page of a report shows, where the address or this phone has its token. */
function follow(wanted: string): void {
  const known = among(readRemembered(), wanted)
  const token = location.hash.slice(1) || known?.token
  const id = isRecordId(wanted) ? wanted : known?.record
  if (!token) return
  void ask(`/follow/${encodeURIComponent(wanted)}?${new URLSearchParams({ token })}`)
  if (!id) return
  for (const part of ['', '/journal?limit=500', '/actions']) void ask(`/records/${encodeURIComponent(id)}${part}`, { 'Gewang-Follow': `${id}:${token}` })
}
