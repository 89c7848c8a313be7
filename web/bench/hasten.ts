// A page whose time runs faster: its clocks, its timers, and the instants in what the server tells it.
import type { BrowserContext } from '@playwright/test'

/** Lets time run `speed` times as fast in the pages of a context from their opening on. Pictures stay as often as the screen has them. */
export async function hasten(context: BrowserContext, speed: number): Promise<void> {
  await context.addInitScript((speed) => {
    const begun = Date.now()
    const origin = performance.now()
    const now = Date.now.bind(Date)
    const ticks = performance.now.bind(performance)
    const later = window.setTimeout.bind(window)
    const often = window.setInterval.bind(window)
    Date.now = () => begun + (now() - begun) * speed
    performance.now = () => origin + (ticks() - origin) * speed
    window.setTimeout = ((act: () => void, ms = 0) => later(act, ms / speed)) as typeof setTimeout
    window.setInterval = ((act: () => void, ms = 0) => often(act, ms / speed)) as typeof setInterval
    // What happens from now on happens so much later; what lies before or is only planned keeps its instant.
    const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g
    const shift = (text: string): string =>
      text.replace(instant, (found) => {
        const at = Date.parse(found)
        return at < begun || at > now() + 5000 ? found : new Date(begun + (at - begun) * speed).toISOString()
      })
    const plain = window.fetch.bind(window)
    window.fetch = async (input, init) => {
      const answer = await plain(input, init)
      if (!answer.body || !/json|event-stream/.test(answer.headers.get('content-type') ?? '')) return answer
      let rest = ''
      const lines = new TransformStream<string, string>({
        transform(text, out) {
          const whole = (rest + text).split('\n')
          rest = whole.pop() ?? ''
          for (const line of whole) out.enqueue(`${shift(line)}\n`)
        },
        flush: (out) => out.enqueue(shift(rest)),
      })
      const body = answer.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>).pipeThrough(lines).pipeThrough(new TextEncoderStream())
      return new Response(body, { status: answer.status, statusText: answer.statusText, headers: answer.headers })
    }
  }, speed)
}
