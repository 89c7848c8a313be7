import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Api, BaseMap, Duty } from '@core/api'
import type { Stage } from '@core/model'
import type { Town } from '@ui/town'
import type { Alarm } from './alarm'
import { NEWS_MS } from './chains'
import { BEAT_MS, type Beat } from './director'
import { flights, type Flight } from './flights'
import { type DayFigures } from './figures'
import { ORDER } from './flow'
import type { Layout } from './layout'
import { LiveFeed, type FeedState } from './live'
import { WallModel } from './model'
import { project, type Camera } from './camera'
import { SPEEDS, type Params, type Scene } from './params'
import { ReplayClock, ReplayFeed } from './replay'
import { rulesOf } from './rules'
import { sceneAt } from './scenes'
import { caseView, chainView, unchanged, type CaseView, type ChainView, type Speech } from './words'

/** What the columns, panels and the ticker show: made anew with each beat. */
export interface View {
  /** The beat's number, and the time that the picture shows. */
  beat: { number: number; shown: number }
  lanes: Record<Stage, LaneView>
  panel: PanelView
  chains: ChainView[]
  centre: CentreView
}
/** What changes of a view. */
type Change = Partial<Omit<View, 'lanes'>> & { lanes?: Partial<View['lanes']> }
export interface LaneView {
  count: number
  states: { key: string; text: string }[]
  cards: CaseView[]
  /** Cards whose flight has not landed yet, and in how many ms it will. */
  landing: ReadonlyMap<string, number>
}
export interface PanelView {
  figures: DayFigures
  late: { count: number; cases: CaseView[] }
  categories: { key: string; title: string; n: number }[]
}
export interface CentreView {
  scene: Scene
  byCell: ReadonlyMap<string, number>
  late: boolean
  alarm: AlarmView | undefined
}
export interface AlarmView {
  view: CaseView
  alarm: Alarm
  index: number
  count: number
  /** How many are told together; 0 for one by itself. */
  group: number
  place: [number, number] | undefined
  opened: number
  shown: number
}

export interface Wall {
  model: WallModel
  view: ShallowRef<View | undefined>
  feed: ShallowRef<FeedState>
  flights: { list: Flight[] }
  replay: ShallowRef<{ clock: ReplayClock; parts: number[] } | undefined>
  map: ShallowRef<BaseMap | undefined>
  /** Why there is no map, as a key. */
  noMap: Ref<string | undefined>
  duty: ShallowRef<Duty | undefined>
  /** Told when something moves. */
  onMoving: () => void
  jump: (moment: number) => void
}

const DUTY_MS = 60_000
/** So long after one part of the picture the next changes. */
const STAGE_MS = 24
const CATEGORIES = 8
const AGAIN_MS = 15_000
/** The ticker changes every so many beats. */
const TICKER_BEATS = 3

/** Puts the wall together: the model, what feeds it, and what components show of it. */
export function useWall(town: Town, params: Params, map: Wall['map'], layout: () => Layout, camera: () => Camera | undefined): Wall {
  const rules = rulesOf(town.book.value)
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: town.time.value.zone, hour: 'numeric', hourCycle: 'h23' })
  const replay: Wall['replay'] = shallowRef()
  const now = (): number => town.clock.now()
  const shown = (): number => replay.value?.clock.shown() ?? now()
  const model = new WallModel({ rules: (kind) => rules.get(kind), now, shown, dayOf: (at) => town.time.value.date(at), hourOf: (at) => Number(hour.format(at)) })
  const view: Wall['view'] = shallowRef()
  const feed: Wall['feed'] = shallowRef({ phase: 'loading', since: now() })
  const noMap = ref<string>()
  const duty: Wall['duty'] = shallowRef()
  const posts = new Map<string, string[]>()
  const wall: Wall = { model, view, feed, flights: { list: [] }, replay, map, noMap, duty, onMoving: () => {}, jump: () => {} }

  const speech = (): Speech => ({
    book: town.book.value,
    lang: town.lang.value,
    t: town.t,
    clock: (at) => town.time.value.clock(at),
    seconds: (at) => town.time.value.seconds(at),
    today: town.time.value.date(shown()),
    posts: (person) => posts.get(person),
  })

  let ticker: ChainView[] = []
  const make = (beat: Beat): View => {
    const words = speech()
    const at = shown()
    const place = layout()
    const before = view.value
    const sum = model.flow.summary({ cards: Math.max(...ORDER.map((stage) => place.lanes[stage].cards)), late: place.lateRows, categories: CATEGORIES })
    const cards = {} as Record<Stage, CaseView[]>
    for (const stage of ORDER) cards[stage] = sum.lanes[stage].slice(0, place.lanes[stage].cards).map((one) => unchanged(caseView(one, words, at), before?.lanes[stage].cards.find((card) => card.id === one.id)))
    if (beat.number % TICKER_BEATS === 0 || ticker.length < place.chains || !before) {
      ticker = model.chains.best(place.chains, at, NEWS_MS * (params.replay?.speed ?? 1)).flatMap((chain) => chainView(chain, model.flow.get(chain.id), words) ?? [])
    }
    const looks = camera()
    const onMap = (id: string): [number, number] | undefined => {
      const spot = model.marks.all.get(id)?.place ?? model.flow.get(id)?.place
      return looks && spot ? project(looks, spot) : undefined
    }
    const fresh = flights(
      beat,
      place,
      (id, stage) => before?.lanes[stage].cards.findIndex((one) => one.id === id) ?? -1,
      (id, stage) => cards[stage].findIndex((one) => one.id === id),
      onMap,
    )
    const instant = now()
    wall.flights.list = [...wall.flights.list.filter((flight) => flight.start + flight.duration > instant), ...fresh]
    if (fresh.length > 0) wall.onMoving()
    const alarm = model.alarm(beat.at)
    const lane = (stage: Stage): LaneView => ({
      count: stage === 'close' ? model.figures.out : sum.counts[stage],
      states: sum.states
        .filter((one) => town.book.value.stageOf(one.kind, one.state) === stage)
        .map((one) => ({ key: `${one.kind}/${one.state}`, text: `${town.say(town.book.value.stateTitle(one.kind, one.state))} ${one.n}` })),
      cards: cards[stage],
      landing: new Map(fresh.filter((flight) => flight.stage === stage).map((flight) => [flight.id, flight.start + flight.duration - instant])),
    })
    return {
      beat: { number: beat.number, shown: at },
      lanes: { report: lane('report'), triage: lane('triage'), handle: lane('handle'), close: lane('close') },
      panel: {
        figures: model.figures,
        late: { count: sum.late.count, cases: sum.late.cases.map((one) => caseView(one, words, at)) },
        categories: sum.categories.map((one) => ({ key: `${one.kind}/${one.code}`, title: town.say(town.book.value.optionTitle(one.kind, one.field, one.code)), n: one.n })),
      },
      chains: ticker,
      centre: {
        scene: sceneAt(beat.at, model.pulse.quiet(beat.at) && replay.value === undefined, params.scene),
        byCell: sum.byCell,
        late: sum.late.count > 0,
        alarm: alarm && { view: caseView(alarm.one, words, at), alarm: alarm.alarm, index: alarm.index, count: alarm.count, group: alarm.group, place: onMap(alarm.one.id), opened: alarm.one.opened, shown: at },
      },
    }
  }

  // The parts of a picture change one after the other, all within a fifth of a second: no frame has to bear the whole beat.
  let staged: ReturnType<typeof setTimeout> | undefined
  let rest: Change[] = []
  const apply = (change: Change): void => {
    if (view.value) view.value = { ...view.value, ...change, lanes: { ...view.value.lanes, ...change.lanes } }
  }
  const step = (): void => {
    const change = rest.shift()
    if (!change) return
    apply(change)
    staged = setTimeout(step, STAGE_MS)
  }
  const show = (beat: Beat): void => {
    // Before anything was read there is nothing to show: a nought would be a lie.
    if (!view.value && feed.value.phase !== 'live') return
    clearTimeout(staged)
    rest.forEach(apply)
    const next = make(beat)
    if (!view.value) {
      view.value = next
      return
    }
    const lane = (stage: Stage): Change => ({ lanes: { [stage]: next.lanes[stage] } })
    rest = [{ beat: next.beat, centre: next.centre }, ...ORDER.map(lane), { panel: next.panel }, { chains: next.chains }]
    staged = setTimeout(step, STAGE_MS)
  }
  model.onBeat = show
  const showNow = (): void => show({ at: now(), number: Math.floor(now() / BEAT_MS), steps: [], fresh: [] })
  // The first picture does not wait for a beat, nor does a change of language.
  watch(feed, (state) => state.phase === 'live' && showNow())
  watch(town.lang, () => {
    ticker = []
    if (view.value) showNow()
  })
  watch(layout, () => view.value && showNow())

  const live = new LiveFeed(town.api, town.live, model, rules, () => town.clock.offsetMs, (state) => (feed.value = state))
  const past = params.replay && new ReplayFeed(town.api, model, rules, params.replay.day, (state) => (feed.value = state))
  if (past && params.replay) {
    const { speed, minute } = params.replay
    const together = params.wall.columns * params.wall.rows > 1
    void past
      .load((from, to) => new ReplayClock(from, to, Math.min(speed, SPEEDS.most), now, together, minute))
      .then((clock) => {
        if (!clock) return
        replay.value = { clock, parts: past.parts(clock) }
        past.play(clock)
        wall.jump = (moment) => {
          clock.seek(moment)
          past.jump(clock.shown())
          showNow()
        }
      })
  } else live.start()
  model.director.start()

  void readPosts(town.api, posts)
  const timers = [
    every(AGAIN_MS, async () => {
      if (map.value) return
      try {
        const found = await town.api.map()
        const edition = past ? await past.edition : undefined
        map.value = edition === undefined ? found : { ...found, tiles: found.tiles.replace(String(found.edition), edition) }
        noMap.value = undefined
      } catch {
        noMap.value = 'wall.map.none'
      }
    }),
    every(DUTY_MS, async () => {
      try {
        duty.value = await town.api.duty()
      } catch {
        duty.value = undefined
      }
    }),
  ]
  // Another grid is in force; a past day keeps its own.
  watch(town.territory, async () => {
    if (!map.value || past) return
    const found = await town.api.map().catch(() => map.value)
    if (found?.edition !== map.value.edition) map.value = found
  })
  onScopeDispose(() => {
    for (const timer of timers) clearInterval(timer)
    clearTimeout(staged)
    model.director.stop()
    live.stop()
    past?.stop()
  })
  return wall
}

/** Which kinds of post people hold; their names are let go at once. */
async function readPosts(api: Api, posts: Map<string, string[]>): Promise<void> {
  try {
    for (const person of await api.people()) posts.set(person.id, person.posts.map((held) => held.post))
  } catch {
    // Without them somebody of the town acted: the ticker says so in general words.
  }
}

function every(ms: number, act: () => Promise<void>): ReturnType<typeof setInterval> {
  void act()
  return setInterval(() => void act(), ms)
}
