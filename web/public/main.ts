import { createApp } from 'vue'
import '@ui/base.css'
import { installTown } from '@ui/town'
import App from './App.vue'
import { startOutbox } from './report/outbox'
import { router } from './router'

const app = createApp(App)
const town = await installTown(app, {
  surface: 'public',
  texts: { zh: () => import('@texts/zh/public.json'), en: () => import('@texts/en/public.json') },
})
startOutbox(town.api)
app.use(router).mount('#app')
