import { createRouter, createWebHistory } from 'vue-router'
import FrontView from './FrontView.vue'

/** Where the public's pages are. The token of a report stands behind `#`, so that no server ever logs it. */
export const router = createRouter({
  history: createWebHistory('/public/'),
  routes: [
    { path: '/', name: 'front', component: FrontView },
    { path: '/report', name: 'report', component: () => import('./report/ReportView.vue') },
    { path: '/follow/:record', name: 'follow', component: () => import('./follow/FollowView.vue') },
    { path: '/qr', name: 'qr', component: () => import('./qr/QrView.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})
