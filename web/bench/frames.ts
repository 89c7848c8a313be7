// What a page does on its main thread, frame by frame, from the browser's own trace.
import type { CDPSession, Page } from '@playwright/test'

/** Milliseconds of processor time of each frame. */
export interface Frames {
  /** Script, style and layout. */
  work: number[]
  /** All that the main thread did, painting included. */
  all: number[]
}

interface Event { name: string; ph: string; ts: number; dur?: number; tdur?: number; pid: number; tid: number; args: { name?: string; data?: { frames?: { url: string; processId: number; parent?: string }[] } } }

/** Script (with its garbage collection), style and layout, as the trace names them. */
const WORK = new Set([
  'FunctionCall', 'EvaluateScript', 'v8.run', 'v8.compile', 'FireAnimationFrame', 'TimerFire', 'EventDispatch', 'RunMicrotasks', 'XHRReadyStateChange',
  'v8.callFunction', 'BlinkScheduler_PerformMicrotaskCheckpoint', 'MinorGC', 'MajorGC', 'V8.GCScavenger', 'V8.GCFinalizeMC', 'UpdateLayoutTree', 'Layout', 'Document::UpdateStyleAndLayout',
  'LocalFrameView::RunStyleAndLayoutLifecyclePhases', 'LocalFrameView::NotifyResizeObservers', 'IntersectionObserverController::computeIntersections',
])
const CATEGORIES = ['devtools.timeline', 'devtools.timeline.frame', 'disabled-by-default-devtools.timeline', 'toplevel', 'v8', 'disabled-by-default-v8.gc', 'blink', '__metadata']
/** A frame that no other follows ends after this. */
const MOST_US = 50_000

/**
 * Traces the page while something happens in it. A frame lasts from where the browser began one until it began the next, at most
 * 50 ms; what happens while none is drawn is cut into stretches of that length from where it begins.
 */
export async function frames(page: Page, act: () => Promise<void>): Promise<Frames> {
  const session = await page.context().newCDPSession(page)
  const events: Event[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as Event[])))
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES } })
  await page.evaluate(() => performance.mark('bench'))
  try {
    await act()
  } finally {
    await ended(session)
  }
  return framesOf(events, new URL(page.url()).pathname)
}

async function ended(session: CDPSession): Promise<void> {
  const complete = new Promise<void>((done) => session.once('Tracing.tracingComplete', () => done()))
  await session.send('Tracing.end')
  await complete
  await session.detach()
}

function framesOf(events: readonly Event[], path: string): Frames {
  const main = events.filter((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain')
  const own = owner(events, path)
  const thread = main.find((event) => event.pid === own) ?? main[0]
  const mine = events.filter((event) => event.pid === thread?.pid && event.tid === thread.tid)
  const starts = mine.filter((event) => event.name === 'WebFrameWidgetImpl::BeginMainFrame').map((event) => event.ts).sort((a, b) => a - b)
  const spans = (counts: (name: string) => boolean): Span[] => outermost(mine.filter((event) => event.ph === 'X' && event.dur && counts(event.name)))
  return { work: perFrame(spans((name) => WORK.has(name)), starts), all: perFrame(spans((name) => name === 'RunTask' || name === 'ThreadControllerImpl::RunTask'), starts) }
}

/** The process that draws the page: the one in which most happened of those that hold it. */
function owner(events: readonly Event[], path: string): number | undefined {
  for (const event of events) for (const frame of event.args.data?.frames ?? []) if (!frame.parent && frame.url.includes(path)) return frame.processId
  const times = new Map<number, number>()
  for (const event of events) if (event.name === 'FunctionCall') times.set(event.pid, (times.get(event.pid) ?? 0) + 1)
  return [...times].sort((a, b) => b[1] - a[1])[0]?.[0]
}

/** From when, until when, and how much processor time lay in it: what others on the machine took meanwhile is not the page's. */
interface Span { from: number; to: number; spent: number }

function outermost(events: readonly Event[]): Span[] {
  const found: Span[] = []
  for (const event of [...events].sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
    const last = found.at(-1)
    if (last && event.ts < last.to) continue
    const { ts, dur = 0, tdur = dur } = event
    found.push({ from: ts, to: ts + dur, spent: tdur })
  }
  return found
}

function perFrame(spans: readonly Span[], starts: readonly number[]): number[] {
  const frames: number[] = []
  let begun = -Infinity
  let next = 0
  let opened = -Infinity
  for (const { from, spent } of spans) {
    while (next < starts.length && (starts[next] ?? 0) <= from) begun = Math.max(begun, starts[next++] ?? 0)
    const same = frames.length > 0 && from - begun < MOST_US && from >= begun && opened === begun
    if (!same) {
      if (from - begun >= MOST_US) begun = from
      opened = begun
      frames.push(0)
    }
    frames[frames.length - 1] = (frames.at(-1) ?? 0) + spent / 1000
  }
  return frames
}

