// First of all: the texts are asked for before the other scripts have run.
import { texts } from './texts'
import '@ui/base.css'
import './wall.css'
import { createApp } from 'vue'
import { installTown } from '@ui/town'
import App from './App.vue'

const app = createApp(App)
await installTown(app, { surface: 'wall', texts })
app.mount('#app')
