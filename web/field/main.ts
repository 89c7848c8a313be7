// First of all: the texts are asked for before the other scripts have run.
import { texts } from './texts'
import { createApp } from 'vue'
import { installTown } from '@ui/town'
import '@ui/base.css'
import './field.css'
import './size'
import App from './App.vue'
import { PhoneApi } from './api'
import { installField } from './app'
import { makeRouter, readAhead } from './router'

async function start(): Promise<void> {
  const app = createApp(App)
  const api = new PhoneApi()
  const town = await installTown(app, {
    surface: 'field',
    texts,
    keep: true,
    api,
  })
  installField(app, town, api)
  const router = makeRouter(import.meta.env.BASE_URL)
  app.use(router)
  await router.isReady()
  app.mount('#app')
  readAhead()
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    const base = import.meta.env.BASE_URL
    void navigator.serviceWorker.register(`${base}sw.js`, { scope: base }).catch(() => undefined)
  }
}

void start()
