import { createRouter, createWebHistory, START_LOCATION, type Router } from 'vue-router'
import Today from './views/Today.vue'

/** The views; all but the first are read when they are opened, and once the first stands, ahead. */
const views = {
  map: () => import('./views/MapPage.vue'),
  report: () => import('./views/Report.vue'),
  cases: () => import('./views/CaseList.vue'),
  case: () => import('./views/CasePage.vue'),
  act: () => import('./views/Act.vue'),
  me: () => import('./views/MePage.vue'),
  outbox: () => import('./views/OutboxPage.vue'),
}

export function makeRouter(base: string): Router {
  return createRouter({
    history: createWebHistory(base),
    // A page that has just begun stands at its top: to scroll there would have it laid out before it is whole.
    scrollBehavior: (_to, from, saved) => saved ?? (from === START_LOCATION ? false : { top: 0 }),
    routes: [
      { path: '/', name: 'today', component: Today },
      { path: '/map', name: 'map', component: views.map, meta: { full: true } },
      { path: '/report', name: 'report', component: views.report, meta: { alone: true } },
      { path: '/cases', name: 'cases', component: views.cases },
      { path: '/cases/:id', name: 'case', component: views.case, props: true, meta: { alone: true } },
      { path: '/cases/:id/:action', name: 'act', component: views.act, props: true, meta: { alone: true } },
      { path: '/me', name: 'me', component: views.me },
      { path: '/outbox', name: 'outbox', component: views.outbox, meta: { alone: true } },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}

/** Reads the other views when the phone has nothing else to do, so that a tap opens them at once. */
export function readAhead(): void {
  const ahead = (): void => void Promise.all([views.report(), views.case(), views.cases(), views.me(), views.act(), views.outbox()]).catch(() => undefined)
  if ('requestIdleCallback' in window) window.requestIdleCallback(ahead, { timeout: 4000 })
  else setTimeout(ahead, 1500)
}
