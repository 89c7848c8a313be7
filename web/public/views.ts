// The views that are read later, together: a slow phone waits less for one file than for many.
export { default as FollowView } from './follow/FollowView.vue'
export { default as ReportView } from './report/ReportView.vue'
