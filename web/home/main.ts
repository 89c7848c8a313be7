import { createApp } from 'vue'
import '@ui/base.css'
import { installTown } from '@ui/town'
import App from './App.vue'

const app = createApp(App)
await installTown(app, {
  surface: 'home',
  texts: { zh: () => import('@texts/zh/home.json'), en: () => import('@texts/en/home.json') },
})
app.mount('#app')
