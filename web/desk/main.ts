// First of all: the texts are asked for before the other scripts have run.
import { texts } from './texts'
import { createApp } from 'vue'
import { installTown } from '@ui/town'
import '@ui/base.css'
import './desk.css'
import App from './App.vue'
import { doAllHeld } from './work/held'
import { makeRouter } from './router'

const app = createApp(App)
const town = await installTown(app, { surface: 'desk', texts })
app.use(makeRouter())
app.mount('#app')
window.addEventListener('pagehide', () => {
  town.api.leaving = true
  void doAllHeld()
})
window.addEventListener('pageshow', () => (town.api.leaving = false))
