import type { Map as MapLibre } from 'maplibre-gl'

const FIRST_MS = 3000
const MOST_MS = 120_000

/** Which tile it was, as the library's event of a failure says it. */
interface Lost { sourceId?: string; tile?: { tileID: { canonical: { x: number; y: number; z: number } } } }

/**
 * Asks again for tiles that did not come, after ever longer pauses: the library asks once, and a map that nobody moves would
 * stay without them for good. They are named one by one, since to refresh a whole source leaves out those that failed.
 */
export function askAgain(map: MapLibre): void {
  const lost: Lost[] = []
  let pause = FIRST_MS
  let asked = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  const again = (): void => {
    timer = undefined
    asked = performance.now()
    pause = Math.min(MOST_MS, 2 * pause)
    for (const { sourceId, tile } of lost.splice(0)) {
      if (sourceId !== undefined && tile && map.getSource(sourceId)) map.refreshTiles(sourceId, [tile.tileID.canonical])
    }
  }
  map.on('error', (event) => {
    const failed: Lost = event as Lost
    if (!failed.tile) return
    lost.push(failed)
    if (performance.now() - asked > 2 * MOST_MS) pause = FIRST_MS
    timer ??= setTimeout(again, pause)
  })
  map.once('remove', () => clearTimeout(timer))
}
