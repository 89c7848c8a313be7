import { createRouter, createWebHistory, type Router } from 'vue-router'
import QueueView from './queue/QueueView.vue'

/** The desk's places. Which record is open stands in `?record=` of any of them, so that a link shares the whole picture. */
export function makeRouter(): Router {
  return createRouter({
    history: createWebHistory('/desk/'),
    routes: [
      { path: '/', redirect: (to) => ({ path: '/queue', query: to.query }) },
      { path: '/queue', name: 'queue', component: QueueView },
      { path: '/all/:kind?', name: 'all', component: () => import('./kind/KindView.vue') },
      { path: '/map', name: 'map', component: () => import('./kind/MapPage.vue') },
      { path: '/calendar', name: 'calendar', component: () => import('./kind/CalendarPage.vue') },
      { path: '/grid/:draft?', name: 'grid', component: () => import('./grid/GridPlace.vue') },
      { path: '/people', name: 'people', component: () => import('./town/PeopleView.vue') },
      { path: '/packs/:pack?', name: 'packs', component: () => import('./town/PacksView.vue') },
      { path: '/new/:kind?/:action?', name: 'new', component: () => import('./record/NewView.vue') },
      { path: '/record/:id', redirect: (to) => ({ path: '/queue', query: { tab: 'all', record: String(to.params['id']) } }) },
      { path: '/:rest(.*)*', redirect: '/queue' },
    ],
  })
}
