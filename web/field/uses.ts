import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { afterFrame } from '@ui/frame'
import { useTown } from '@ui/town'
import { useField } from './app'
import { cellsOf } from './mine'

const DAY_MS = 86_400_000

/** How often I chose each option of a field, and how often it occurs in my cells. */
export interface Uses {
  mine: ShallowRef<ReadonlyMap<string, number>>
  here: ShallowRef<ReadonlyMap<string, number>>
  /** Counts one more. */
  used: (code: string) => Promise<void>
}

/** What I report most, counted on this phone and from my own cases; what is frequent here, counted by the town. */
export function useUses(kind: () => string | undefined, field: () => string | undefined): Uses {
  const { book, me } = useTown()
  const { api, cases } = useField()
  const mine: Uses['mine'] = shallowRef(new Map())
  const here: Uses['here'] = shallowRef(new Map())
  const memo = (): string => `uses.${me.value?.person}.${kind()}.${field()}`

  async function read(): Promise<void> {
    const [of, id, person] = [kind(), field(), me.value?.person]
    if (!of || !id || !person) return
    const counted = new Map(Object.entries((await api.phone.memo<Record<string, number>>(memo()).catch(() => undefined)) ?? {}))
    for (const { record } of cases.all.value) {
      const code = record.fields[id]
      const own = record.reporters.some((one) => typeof one === 'object' && 'person' in one && one.person === person)
      if (own && record.kind === of && typeof code === 'string') counted.set(code, (counted.get(code) ?? 0) + 1)
    }
    mine.value = counted
    await readHere(of, id)
  }

  /** What is frequent in my cell weighs ten times what is frequent in the town, which helps where little has happened yet. */
  async function readHere(of: string, id: string): Promise<void> {
    const root = book.value.parts.territory?.root
    const near = cellsOf(me.value)[0]
    const name = `frequent.${near}.${of}.${id}`
    const kept = await api.phone.memo<{ at: number; counts: Record<string, number> }>(name).catch(() => undefined)
    if (kept) here.value = new Map(Object.entries(kept.counts))
    if (kept && Date.now() - kept.at < DAY_MS) return
    try {
      const prefix = `count:${id}=`
      const counts: Record<string, number> = {}
      for (const [cell, weight] of [[near, 10], [root, 1]] as const) {
        if (!cell) continue
        for (const sum of await api.tallies({ kind: of, cell })) {
          if (!sum.measure.startsWith(prefix)) continue
          const code = sum.measure.slice(prefix.length)
          counts[code] = (counts[code] ?? 0) + weight * sum.n
        }
      }
      here.value = new Map(Object.entries(counts))
      await api.phone.remember(name, { at: Date.now(), counts })
    } catch {
      // What was counted last holds on.
    }
  }

  let hushed = (): void => undefined
  watch([kind, field, me], () => {
    hushed()
    hushed = afterFrame(() => void read())
  }, { immediate: true })
  onScopeDispose(() => hushed())
  return {
    mine,
    here,
    async used(code) {
      const kept = (await api.phone.memo<Record<string, number>>(memo()).catch(() => undefined)) ?? {}
      await api.phone.remember(memo(), { ...kept, [code]: (kept[code] ?? 0) + 1 }).catch(() => undefined)
    },
  }
}
