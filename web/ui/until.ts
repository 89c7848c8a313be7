import { watch } from 'vue'

/** Resolves once something holds, at the latest after `ms`. */
export function until(holds: () => boolean, ms: number): Promise<void> {
  return new Promise((resolve) => {
    let timer = 0
    const stop = watch(holds, (does) => does && end(), { flush: 'sync' })
    function end(): void {
      window.clearTimeout(timer)
      stop()
      resolve()
    }
    if (holds()) end()
    else timer = window.setTimeout(end, ms)
  })
}
