import '@ui/base.css'
import './wall.css'
import { createApp } from 'vue'
import { installTown } from '@ui/town'
import App from './App.vue'

const app = createApp(App)
await installTown(app, { surface: 'wall', texts: { zh: () => import('@texts/zh/wall.json'), en: () => import('@texts/en/wall.json') } })
app.mount('#app')
