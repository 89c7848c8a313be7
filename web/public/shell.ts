// Drawn by the build into the page, for the time until the scripts are there.
import { createSSRApp, ref } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createMemoryHistory, createRouter } from 'vue-router'
import { STAGES } from '@core/stage'
import type { Lang } from '@core/text'
import { WORDS, Words } from '@ui/words'
import { PATHS } from './link'
import Shell from './Shell.vue'
import en from './texts/en'
import zh from './texts/zh'

/** The pages that stand before the scripts, in a language. */
export default async function draw(lang: Lang): Promise<Record<string, string>> {
  const words = new Words(ref(lang))
  words.learn(lang, { zh, en }[lang])
  const routes = Object.entries(PATHS).map(([name, path]) => ({ name, path, component: Shell }))
  const router = createRouter({ history: createMemoryHistory('/public/'), routes })
  const page = (props: InstanceType<typeof Shell>['$props']): Promise<string> => renderToString(createSSRApp(Shell, { ...props }).use(router).provide(WORDS, words))
  const followed = await Promise.all(STAGES.map(async ({ stage }) => [`follow-${stage}`, await page({ page: { follow: stage } })] as const))
  return { front: await page({ page: 'front' }), report: await page({ page: 'report' }), ...Object.fromEntries(followed) }
}
