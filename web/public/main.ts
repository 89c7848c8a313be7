// First of all: the texts are asked for before the other scripts have run.
import { texts } from './texts'
import { createApp } from 'vue'
import '@ui/base.css'
import { installTown } from '@ui/town'
import App from './App.vue'
import { startOutbox } from './report/outbox'
import { readAhead, router } from './router'

const app = createApp(App)
const town = await installTown(app, { surface: 'public', texts })
startOutbox(town.api)
app.use(router).mount('#app')
readAhead()
