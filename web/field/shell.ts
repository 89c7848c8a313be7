// Drawn by the build into the page, for the time until the scripts are there.
import { createSSRApp, ref } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Lang } from '@core/text'
import { WORDS, Words } from '@ui/words'
import Shell from './Shell.vue'
import en from './texts/en'
import zh from './texts/zh'

const PATHS = { today: '/', map: '/map', cases: '/cases', me: '/me' }

/** The pages that stand before the scripts, in a language. */
export default async function draw(lang: Lang): Promise<Record<string, string>> {
  const words = new Words(ref(lang))
  words.learn(lang, { zh, en }[lang])
  const router = createRouter({ history: createMemoryHistory('/field/'), routes: Object.entries(PATHS).map(([name, path]) => ({ name, path, component: Shell })) })
  await router.push(PATHS.today)
  const page = (name: 'today' | 'report'): Promise<string> => renderToString(createSSRApp(Shell, { page: name }).use(router).provide(WORDS, words))
  return { today: await page('today'), report: await page('report') }
}
