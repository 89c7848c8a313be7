// First of all: the texts are asked for before the other scripts have run.
import { texts } from './texts'
import { createApp } from 'vue'
import '@ui/base.css'
import { installTown } from '@ui/town'
import App from './App.vue'

const app = createApp(App)
await installTown(app, { surface: 'home', texts })
app.mount('#app')
