// First of all: the texts are asked for before the other scripts have run.
import { texts } from './texts'
import { createApp } from 'vue'
import { doTapped } from '@ui/tapped'
import { installTown } from '@ui/town'
import { until } from '@ui/until'
import '@ui/base.css'
import './field.css'
import './size'
import App from './App.vue'
import { PhoneApi } from './api'
import { installField } from './app'
import { makeRouter, readAhead } from './router'

/** So long the sketch of the page stands alone at most. */
const PATIENCE_MS = 1000

async function start(): Promise<void> {
  const app = createApp(App)
  const api = new PhoneApi()
  const town = await installTown(app, {
    surface: 'field',
    texts,
    keep: true,
    api,
  })
  const field = installField(app, town, api)
  const router = makeRouter(import.meta.env.BASE_URL)
  app.use(router)
  await router.isReady()
  // What was asked ahead is about to come: drawn once with it, the page stands sooner than drawn twice.
  await until(() => town.phase.value !== 'loading' && (!town.me.value || field.cases.state.value !== 'loading' || field.cases.all.value.length > 0), PATIENCE_MS)
  app.mount('#app')
  doTapped()
  readAhead()
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    const base = import.meta.env.BASE_URL
    void navigator.serviceWorker.register(`${base}sw.js`, { scope: base }).catch(() => undefined)
  }
}

void start()
