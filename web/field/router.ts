import { createRouter, START_LOCATION, type Router } from 'vue-router'
import { atTop, lateHistory } from '@ui/late-history'
import { atRest } from './later'
import Today from './views/Today.vue'

/** The views that are read when one of them is opened, or ahead once the first stands; the map by itself, for it is large. */
const views = () => import('./views')

export function makeRouter(base: string): Router {
  return createRouter({
    history: lateHistory(base),
    // A page that has just begun stands at its top: to scroll there would have it laid out before it is whole.
    scrollBehavior: (_to, from, saved) => (saved && saved.top > 0 ? longEnough(saved) : from === START_LOCATION || atTop() ? false : { top: 0 }),
    routes: [
      { path: '/', name: 'today', component: Today },
      { path: '/map', name: 'map', component: () => import('./views/MapPage.vue'), meta: { full: true } },
      { path: '/report', name: 'report', component: () => views().then((read) => read.Report), meta: { alone: true } },
      { path: '/cases', name: 'cases', component: () => views().then((read) => read.CaseList) },
      { path: '/cases/:id', name: 'case', component: () => views().then((read) => read.CasePage), props: true, meta: { alone: true } },
      { path: '/cases/:id/:action', name: 'act', component: () => views().then((read) => read.Act), props: true, meta: { alone: true } },
      { path: '/me', name: 'me', component: () => views().then((read) => read.MePage) },
      { path: '/outbox', name: 'outbox', component: () => views().then((read) => read.OutboxPage), meta: { alone: true } },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}

/** A place to scroll back to, once the list is drawn as far down again. */
async function longEnough<To extends { top: number }>(saved: To): Promise<To> {
  const begun = performance.now()
  while (document.documentElement.scrollHeight < saved.top + window.innerHeight && performance.now() < begun + 1000) await new Promise(requestAnimationFrame)
  return saved
}

/** Reads the other views when the phone has nothing else to do, so that a tap opens them at once. */
export function readAhead(): void {
  atRest(() => void views().catch(() => undefined))
}
