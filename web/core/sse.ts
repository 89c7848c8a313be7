/** One server-sent event. */
export interface ServerEvent {
  event: string
  data: string
  id: string
}

/** Reads server-sent events out of a body as it comes; comments (heartbeats) only count as signs of life. */
export class EventReader implements AsyncIterable<ServerEvent> {
  constructor(
    private readonly body: ReadableStream<Uint8Array>,
    /** Called with every piece that arrives. */
    private readonly alive: () => void = () => undefined,
  ) {}

  async *[Symbol.asyncIterator](): AsyncIterator<ServerEvent> {
    const reader = this.body.getReader()
    const text = new TextDecoder()
    let rest = ''
    try {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        this.alive()
        rest += text.decode(value, { stream: true })
        // An event ends with an empty line; what has not ended yet waits for more.
        const parts = rest.split(/\r\n\r\n|\n\n|\r\r/)
        rest = parts.pop() ?? ''
        for (const part of parts) {
          const event = parse(part)
          if (event) yield event
        }
      }
    } finally {
      // A body that broke off can't be cancelled, and need not be.
      reader.cancel().catch(() => undefined)
    }
  }
}

function parse(block: string): ServerEvent | undefined {
  const event: ServerEvent = { event: 'message', data: '', id: '' }
  const data: string[] = []
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? []
    if (name === 'data') data.push(value ?? '')
    else if (name === 'event') event.event = value ?? ''
    else if (name === 'id') event.id = value ?? ''
  }
  if (data.length === 0) return undefined
  event.data = data.join('\n')
  return event
}
