import { mount, type MountingOptions, type VueWrapper } from '@vue/test-utils'
import { computed, ref, shallowRef, type Component } from 'vue'
import { Api } from '@core/api'
import { Book } from '@core/kind'
import { Live } from '@core/live'
import type { Field, Packs, Status } from '@core/model'
import { say, type Lang } from '@core/text'
import { ServerClock, TownTime } from '@core/time'
import { TOWN, type Town } from '@ui/town'
import { WORDS, Words } from '@ui/words'
import coreEn from '@texts/en/core.json'
import uiEn from '@texts/en/ui.json'
import coreZh from '@texts/zh/core.json'
import uiZh from '@texts/zh/ui.json'

/** Half past nine on a Monday in the town of the tests. */
export const NOW = Date.parse('2026-03-02T09:30:00+08:00')
export const ZONE = 'Asia/Shanghai'

const FIELDS: Record<string, Field> = {
  category: { title: { zh: '类别', en: 'Category' }, type: 'choice', of: 'category', required: true },
  summary: { title: { zh: '摘要', en: 'Summary' }, type: 'text', required: true, max: 20 },
  phone: { title: { zh: '电话', en: 'Telephone' }, type: 'phone', personal: 'contact' },
}

const PACKS: Packs = {
  title: { zh: '某镇', en: 'A town' },
  posts: {},
  packs: [
    {
      pack: 'test',
      title: { zh: '测试', en: 'Test' },
      choices: { category: { litter: { zh: '垃圾', en: 'Litter' }, noise: { zh: '噪声', en: 'Noise' } } },
      kinds: {
        matter: {
          title: { zh: '事件', en: 'Matter' },
          fields: FIELDS,
          personal: { contact: { purpose: { zh: '回访', en: 'Calling back' }, keep: '90 days after closed', see: [] } },
          states: {
            reported: { title: { zh: '待受理', en: 'Reported' }, stage: 'report' },
            registered: { title: { zh: '待派遣', en: 'Registered' }, stage: 'triage' },
            handling: { title: { zh: '处置中', en: 'In hand' }, stage: 'handle' },
          },
          actions: {},
        },
      },
    },
  ],
}

/** A town without a server, for components to stand in. */
export function aTown(lang: Lang = 'en', now = NOW): { town: Town; words: Words } {
  const words = wordsIn(lang)
  const t: Town['t'] = (key, params = {}) => {
    const n = params['n']
    return words.t(key, params, typeof n === 'number' ? n : undefined)
  }
  const api = new Api()
  const live = new Live(api)
  const packs = shallowRef<Packs | null>(PACKS)
  const town: Town = {
    surface: 'desk',
    api,
    live,
    stream: ref(live.state),
    clock: new ServerClock(),
    now: ref(now),
    lang: ref(lang),
    setLang: () => Promise.resolve(),
    theme: ref('light'),
    dark: computed(() => false),
    setTheme: () => {},
    status: shallowRef<Status | null>(null),
    packs,
    territory: shallowRef(null),
    units: shallowRef([]),
    me: shallowRef(null),
    book: computed(() => new Book({ packs: packs.value })),
    time: computed(() => new TownTime(ZONE, lang)),
    phase: ref('ready'),
    trouble: shallowRef(null),
    load: () => Promise.resolve(),
    signIn: () => Promise.resolve(),
    signOut: () => Promise.resolve(),
    asking: shallowRef(null),
    people: shallowRef(new Map()),
    personName: () => undefined,
    person: () => undefined,
    say: (text) => say(text, lang),
    actionName: (_, action) => action,
    tell: (said) => (said ? t(said.key, said.params) : ''),
    t,
    thumb: false,
    has: (key) => words.has(key),
  }
  return { town, words }
}

/** Mounts a component in such a town. */
export function inTown<P extends Record<string, unknown>>(component: Component, props: P, lang: Lang = 'en', change: (town: Town) => void = () => {}): VueWrapper {
  const { town, words } = aTown(lang)
  change(town)
  const options: MountingOptions<P> = { props, attachTo: document.body, global: { provide: { [TOWN as symbol]: town, [WORDS as symbol]: words } } } as MountingOptions<P>
  return mount(component as Parameters<typeof mount>[0], options as never) as VueWrapper
}

function wordsIn(lang: Lang): Words {
  const words = new Words(ref(lang))
  words.learn('en', { core: coreEn, ui: uiEn })
  words.learn('zh', { core: coreZh, ui: uiZh })
  return words
}
