// Drawn by the build into the page, for the time until the scripts are there.
import { createSSRApp, ref } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Lang } from '@core/text'
import { WORDS, Words } from '@ui/words'
import { PATHS } from './link'
import Shell from './Shell.vue'
import en from './texts/en'
import zh from './texts/zh'

/** The first page in a language. */
export default function draw(lang: Lang): Promise<string> {
  const words = new Words(ref(lang))
  words.learn(lang, { zh, en }[lang])
  const routes = Object.entries(PATHS).map(([name, path]) => ({ name, path, component: Shell }))
  const router = createRouter({ history: createMemoryHistory('/public/'), routes })
  return renderToString(createSSRApp(Shell).use(router).provide(WORDS, words))
}
