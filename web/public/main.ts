// First of all: the texts are asked for before the other scripts have run.
import { texts } from './texts'
import { createApp } from 'vue'
import '@ui/base.css'
import { doTapped } from '@ui/tapped'
import { installTown } from '@ui/town'
import { until } from '@ui/until'
import App from './App.vue'
import { startOutbox } from './report/outbox'
import { readAhead, router } from './router'

/** So long the page waits for the town's name at most. */
const PATIENCE_MS = 400

// Not awaited at the top: the views need this file to have run before they do.
async function start(): Promise<void> {
  const app = createApp(App)
  const town = await installTown(app, { surface: 'public', texts })
  startOutbox(town.api)
  app.use(router)
  await router.isReady()
  // What was asked ahead is about to come: drawn once with it, the page stands sooner than drawn twice.
  await until(() => town.status.value !== null || town.trouble.value !== null, PATIENCE_MS)
  app.mount('#app')
  doTapped()
  readAhead()
}

void start()
