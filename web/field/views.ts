// The views that are read later, together: a slow phone waits less for one file than for many.
export { default as Act } from './views/Act.vue'
export { default as CaseList } from './views/CaseList.vue'
export { default as CasePage } from './views/CasePage.vue'
export { default as MePage } from './views/MePage.vue'
export { default as OutboxPage } from './views/OutboxPage.vue'
export { default as Report } from './views/Report.vue'
