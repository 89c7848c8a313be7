import { inject, shallowRef, watch, type App, type InjectionKey, type ShallowRef } from 'vue'
import type { LonLat } from '@core/model'
import type { Town } from '@ui/town'
import type { PhoneApi } from './api'
import { Cases } from './cases'
import { useHere } from './here'
import { atRest } from './later'
import { cellsOf } from './mine'
import { cellAt, outlines, type Outline } from './outline'

const POLL_MS = 60_000

/** What the views of field share beside the town. */
export interface Field {
  api: PhoneApi
  cases: Cases
  /** The cells' outlines, once they are known on this phone. */
  outlines: ShallowRef<Outline[]>
  /** Whether the network is there, as far as anybody can tell. */
  online: ShallowRef<boolean>
  /** The leaf cell of a place, told without network where the outlines are here. */
  cellOf: (place: LonLat) => string | undefined
}

const FIELD: InjectionKey<Field> = Symbol('field')

/** Wires the phone to the town: the outbox, my cases, the live stream while the page is seen, the position. */
export function installField(app: App, town: Town, api: PhoneApi): Field {
  const cases = new Cases(
    api,
    api.phone,
    () => town.book.value,
    () => town.me.value,
  )
  const online = shallowRef(navigator.onLine)
  const shapes = shallowRef<Outline[]>([])
  const here = useHere()

  const readShapes = async (): Promise<void> => {
    if (shapes.value.length > 0) return
    try {
      const kept = await api.phone.memo<Outline[]>('outlines')
      if (kept) shapes.value = kept
      const found = outlines(await api.outlines())
      shapes.value = found
      await api.phone.remember('outlines', found)
    } catch {
      // Without outlines the server tells the cell.
    }
  }

  const follow = (): void => {
    const mine = town.me.value
    if (!mine) return
    if (document.visibilityState === 'visible') {
      void cases.refresh()
      atRest(() => {
        if (document.visibilityState !== 'visible') return
        if (town.live.state.phase === 'stopped' || town.live.state.phase === 'stale') town.live.start()
        void here.askIfAllowed()
        void api.outbox.hurry()
      })
    } else {
      town.live.stop()
      here.rest()
    }
  }

  watch(
    town.me,
    (mine) => {
      api.owner = mine?.person
      if (!mine) {
        town.live.stop()
        return cases.close()
      }
      cases.open(mine.person)
      follow()
      // The cells' outlines are many: the list comes first.
      atRest(() => void readShapes())
    },
    { immediate: true },
  )

  void api.outbox.open().then(() => api.outbox.run())
  // The cases were asked for before the stream was: what happened in between is read once more. (A tab that shares another's
  // connection hears no hello.)
  const unhear = town.live.on('state', ({ phase, head }) => {
    if (phase !== 'live') return
    unhear()
    if (head > (town.status.value?.head ?? 0)) void cases.refresh()
  })
  town.live.on('entry', (told) => cases.hear(told, new Set(cellsOf(town.me.value).flatMap((cell) => [...town.book.value.cellsBelow(cell)]))))
  document.addEventListener('visibilitychange', follow)
  window.addEventListener('online', () => {
    online.value = true
    if (town.phase.value !== 'ready' || !town.me.value?.person) void town.load()
    follow()
  })
  window.addEventListener('offline', () => (online.value = false))
  window.setInterval(() => {
    if (document.visibilityState === 'visible' && town.me.value) void cases.refresh()
  }, POLL_MS)

  const field: Field = { api, cases, outlines: shapes, online, cellOf: (place) => cellAt(shapes.value, place) }
  app.provide(FIELD, field)
  return field
}

/** What field's views share. */
export function useField(): Field {
  const field = inject(FIELD)
  if (!field) throw new Error('installField was not called for this app')
  return field
}
