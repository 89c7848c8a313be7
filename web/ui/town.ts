import { computed, inject, ref, shallowRef, watch, type App, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import { Api } from '@core/api'
import { Book } from '@core/kind'
import { Live, type LiveState } from '@core/live'
import type { Me, Packs, Person, Status, Territory, Unit } from '@core/model'
import { say, type Lang, type Said, type Text } from '@core/text'
import { ServerClock, TownTime } from '@core/time'
import { asTrouble, type Trouble } from '@core/trouble'
import { drawn } from './frame'
import { textsOf, type Texts } from './texts'
import { WORDS, Words } from './words'
import { recall, keep, forget } from './memory'
import { leavePersona, persona, tokenOf } from './persona'
import { firstLang, firstTheme, prefer, type Theme } from './preference'

export type { Theme } from './preference'

/** The surfaces, each an entry of its own. */
export type SurfaceName = 'field' | 'desk' | 'wall' | 'public' | 'home'
/** What a surface says of itself. */
export interface TownOptions {
  surface: SurfaceName
  /** Its texts by language: `{ zh: () => import('./texts/zh'), en: … }`. */
  texts: Texts
  /** Whether packs, territory and who is signed in are kept on this device, so that it starts at once and without network. */
  keep?: boolean
  /** The language where the address (`?lang=`), this device and the browser say nothing else. */
  lang?: Lang
  /** Whether anybody signs in on it at all; public and home do not ask for a session. */
  signIn?: boolean
  /** The API to speak to, where the surface has one of its own (field keeps an outbox behind it). */
  api?: Api
}

/** The town as every component of a surface knows it. */
export interface Town {
  surface: SurfaceName
  api: Api
  live: Live
  /** How the live stream stands. */
  stream: Ref<LiveState>
  clock: ServerClock
  /** Milliseconds of the epoch by the server's clock; moves on every ten seconds. */
  now: Ref<number>
  lang: Ref<Lang>
  setLang: (lang: Lang) => Promise<void>
  theme: Ref<Theme>
  /** Whether the page is dark now. */
  dark: ComputedRef<boolean>
  setTheme: (theme: Theme) => void
  status: ShallowRef<Status | null>
  packs: ShallowRef<Packs | null>
  territory: ShallowRef<Territory | null>
  units: ShallowRef<Unit[]>
  me: ShallowRef<Me | null>
  /** Names of kinds, states, actions, cells, units, posts. */
  book: ComputedRef<Book>
  /** Times as they are written in the town, in the language chosen. */
  time: ComputedRef<TownTime>
  /** Whether the town itself is known yet. */
  phase: Ref<'loading' | 'ready' | 'trouble'>
  trouble: ShallowRef<Trouble | null>
  /** Reads the town (again). */
  load: () => Promise<void>
  signIn: (name: string, password: string) => Promise<void>
  signOut: () => Promise<void>
  /** Set while a session has ended and the page waits for its owner to sign in again; called with how that ended. */
  asking: ShallowRef<((again: boolean) => void) | null>
  /** Everybody with a post, by id; read once somebody asks for a name. */
  people: ShallowRef<Map<string, Person>>
  /** A person's name; undefined until known. */
  personName: (id: string) => string | undefined
  person: (id: string) => Person | undefined
  /** A text of the packs in the language chosen. */
  say: (text: Text | null | undefined) => string
  /** What an action is called: the pack's title, or our own word for what every kind has. */
  actionName: (kind: string, action: string) => string
  /** What core says, in words. */
  tell: (said: Said | null | undefined) => string
  /** A text of the catalogues; with a number `n` among the parameters in the right plural form. */
  t: (key: string, params?: Record<string, unknown>) => string
  /** Whether this page is a live thumbnail of another (`?thumb=1`): it then asks nothing and says nothing of itself. */
  thumb: boolean
  /** Whether the catalogues have a key. */
  has: (key: string) => boolean
}

const TOWN: InjectionKey<Town> = Symbol('town')
const TICK_MS = 10_000
/** A thumbnail looks now and then: it must not hold one of the few connections that a browser has for a town. */
const GLANCE_MS = 4000
const NOBODY: Unit[] = []

/** Makes the town known to an app. Ready as soon as its texts are; the town itself is read meanwhile (see `phase`). */
export async function installTown(app: App, options: TownOptions): Promise<Town> {
  const lang = ref<Lang>(firstLang(options.lang))
  const words = new Words(lang)
  const learn = async (to: Lang): Promise<void> => {
    if (!words.knows(to)) words.learn(to, await textsOf(to, options.texts))
  }

  // A resident reports as nobody in particular, also in a browser where somebody of the town is signed in.
  const api = options.api ?? new Api({ anonymous: options.surface === 'public' })
  api.lang = lang.value
  const signs = options.signIn ?? (options.surface !== 'public' && options.surface !== 'home')
  const as = signs ? persona() : undefined
  if (as) api.bearer = await tokenOf(api, as)
  // What a tab keeps on this device is the session's, and a persona of the demo has none.
  const keeps = (): boolean => options.keep === true && !api.bearer
  const thumb = new URLSearchParams(location.search).has('thumb')
  const live = new Live(api, thumb ? { glanceMs: GLANCE_MS } : { who: () => me.value && [me.value.person, api.bearer ? api.bearer.slice(-8) : ''].join('.') || undefined })
  const clock = new ServerClock()
  const stream = shallowRef<LiveState>(live.state)
  const now = ref(clock.now())
  const theme = ref<Theme>(firstTheme())
  const system = window.matchMedia?.('(prefers-color-scheme: dark)')
  const systemDark = ref(system?.matches ?? false)
  const dark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))

  const remembered = keeps() ? recall() : {}
  const status = shallowRef<Status | null>(remembered.status ?? null)
  const packs = shallowRef<Packs | null>(remembered.packs ?? null)
  const territory = shallowRef<Territory | null>(remembered.territory ?? null)
  const units = shallowRef<Unit[]>(remembered.units ?? NOBODY)
  const me = shallowRef<Me | null>(remembered.me ?? null)
  const people = shallowRef<Map<string, Person>>(new Map())
  const whole = (): boolean => Boolean(status.value && packs.value && territory.value)
  const phase = ref<Town['phase']['value']>(whole() ? 'ready' : 'loading')
  const trouble = shallowRef<Trouble | null>(null)
  const asking = shallowRef<((again: boolean) => void) | null>(null)

  const book = computed(() => new Book({ packs: packs.value, territory: territory.value, units: units.value }))
  const time = computed(() => new TownTime(status.value?.time_zone ?? 'Asia/Shanghai', lang.value))

  async function readMe(): Promise<void> {
    if (!signs) return
    try {
      const found = await api.session()
      // A page that knew somebody goes on being theirs: they are asked to sign in again, over what they were doing.
      if (!found && me.value) return void api.onSignedOut?.()
      me.value = found
      readUnits()
    } catch (error) {
      const found = asTrouble(error)
      if (found.kind !== 'signed_out') throw found
      me.value = null
    }
  }

  /** The units' names come when they come: nothing waits for them. */
  function readUnits(): void {
    units.value = me.value ? units.value : NOBODY
    if (!me.value) return
    const told = (found: Unit[]): void => {
      units.value = found
      if (keeps()) keep({ units: found })
    }
    void api.units().then(told, () => undefined)
  }

  const begun = learn(lang.value)

  async function load(): Promise<void> {
    trouble.value = null
    if (!whole()) phase.value = 'loading'
    const asked = performance.now()
    try {
      const first = api.status().then((found) => {
        status.value = found
        clock.learn(found.time, performance.now() - asked)
        now.value = clock.now()
      })
      // Where nobody signs in the first picture stands without packs and cells, and comes sooner.
      const rest = (signs ? Promise.resolve() : begun.then(drawn)).then(() =>
        Promise.all([api.packs().then((found) => (packs.value = found)), api.cells().then((found) => (territory.value = found))]),
      )
      await Promise.all([first, rest, readMe()])
      phase.value = 'ready'
      if (keeps()) keep({ status: status.value, packs: packs.value, territory: territory.value, units: units.value, me: me.value })
    } catch (error) {
      trouble.value = asTrouble(error)
      phase.value = whole() ? 'ready' : 'trouble'
    }
  }

  let asksPeople = false
  function person(id: string): Person | undefined {
    if (!asksPeople && me.value) {
      asksPeople = true
      void api
        .people()
        .then((found) => (people.value = new Map(found.map((one) => [one.id, one]))))
        .catch(() => (asksPeople = false))
    }
    return people.value.get(id)
  }

  // Where this person has signed in again in one tab, no other needs to ask.
  const siblings = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('gewang.session')
  siblings?.addEventListener('message', ({ data }) => {
    if (me.value && data === me.value.person && !api.bearer) asking.value?.(true)
  })
  watch(me, (found) => (api.as = found?.person), { immediate: true, flush: 'sync' })

  api.onSignedOut = async () => {
    // The tokens of a demo end with its server: the next one has others.
    const fresh = as && api.bearer ? await tokenOf(api, as) : undefined
    if (fresh && fresh !== api.bearer) {
      api.bearer = fresh
      return true
    }
    if (!me.value) return false
    const earlier = asking.value
    return new Promise((resolve) => {
      asking.value = (again) => {
        earlier?.(again)
        asking.value = null
        if (!again) me.value = null
        resolve(again)
      }
    })
  }

  function leave(): void {
    if (!api.bearer) return
    api.bearer = undefined
    leavePersona()
  }

  const t: Town['t'] = (key, params) => {
    const n = params?.['n']
    return words.t(key, params, typeof n === 'number' ? n : undefined)
  }

  const town: Town = {
    surface: options.surface,
    api,
    live,
    stream,
    clock,
    now,
    lang,
    theme,
    dark,
    status,
    packs,
    territory,
    units,
    me,
    book,
    time,
    phase,
    trouble,
    load,
    asking,
    people,
    person,
    t,
    thumb,
    has: (key) => words.has(key),
    personName: (id) => (me.value?.person === id ? me.value.name : person(id)?.name),
    say: (text) => say(text, lang.value),
    actionName: (kind, action) => {
      const words = book.value.actionWords(kind, action, lang.value)
      return 'key' in words ? t(words.key, words.params) : say(words, lang.value)
    },
    tell: (said) => (said ? t(said.key, said.params) : ''),
    async setLang(to) {
      await learn(to)
      lang.value = to
      prefer('gewang.lang', to)
    },
    setTheme(to) {
      theme.value = to
      prefer('gewang.theme', to)
    },
    async signIn(name, password) {
      leave()
      me.value = await api.signIn(name, password)
      siblings?.postMessage(me.value.person)
      readUnits()
      asksPeople = false
      if (keeps()) keep({ me: me.value, units: units.value })
    },
    async signOut() {
      live.stop()
      if (api.bearer) leave()
      else await api.signOut()
      me.value = null
      people.value = new Map()
      asksPeople = false
      if (keeps()) forget()
    },
  }

  watch(
    lang,
    (to) => {
      api.lang = to
      document.documentElement.lang = to === 'zh' ? 'zh-CN' : 'en'
    },
    { immediate: true },
  )
  watch(dark, (is) => (document.documentElement.dataset['theme'] = is ? 'dark' : 'light'), { immediate: true })
  document.documentElement.dataset['surface'] = options.surface
  system?.addEventListener('change', (event) => (systemDark.value = event.matches))
  live.on('state', (state) => (stream.value = { ...state }))
  api.onTime = (at, tookMs) => clock.learn(at, tookMs)
  live.on('hello', (hello) => clock.learn(hello.time))
  // Another drawing of the cells, other settings, another version of a pack: the town is read again.
  live.on('entry', ({ record }) => record.kind === 'town.domain' && void load())
  window.setInterval(() => (now.value = clock.now()), TICK_MS)
  document.addEventListener('visibilitychange', () => (now.value = clock.now()))

  app.provide(WORDS, words)
  app.provide(TOWN, town)
  // The town is read while the texts are on their way.
  void load()
  await begun
  return town
}

/** The town, within any component of a surface. */
export function useTown(): Town {
  const town = inject(TOWN)
  if (!town) throw new Error('installTown was not called for this app')
  return town
}

/** For tests and pages that make a town of their own. */
export { TOWN }
