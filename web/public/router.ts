import { createRouter, START_LOCATION } from 'vue-router'
import { atTop, lateHistory } from '@ui/late-history'
import { PATHS } from './link'
import { texts } from './texts'

const views = () => import('./views')

/** Where the public's pages are. The token of a report stands behind `#`, so that no server ever logs it. */
export const router = createRouter({
  history: lateHistory('/public/'),
  routes: [
    // Drawn by the page's frame itself, behind the others.
    { path: PATHS.front, name: 'front', component: { render: () => null } },
    { path: PATHS.report, name: 'report', component: () => views().then((read) => read.ReportView) },
    { path: '/follow/:record', name: 'follow', component: () => views().then((read) => read.FollowView) },
    { path: '/qr', name: 'qr', component: () => import('./qr/QrView.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  // A page that has just begun stands at its top: to scroll there would have it laid out before it is whole.
  scrollBehavior: (_to, from, saved) => (saved && saved.top > 0 ? saved : from === START_LOCATION || atTop() ? false : { top: 0 }),
})

/** Reads the other pages and the other language when the phone has nothing else to do, so that a tap is answered at once. */
export function readAhead(): void {
  const ahead = (): void => {
    for (const read of [views, texts.zh, texts.en]) void read().catch(() => undefined)
  }
  if ('requestIdleCallback' in window) window.requestIdleCallback(ahead, { timeout: 4000 })
  else setTimeout(ahead, 1500)
}
