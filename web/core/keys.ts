/** What a key does, and the key (in the catalogues) of what it is called in the list of keys. */
export interface Binding {
  run: (event: KeyboardEvent) => void
  says?: string
  /** Also while typing (for `mod+k`, `escape`). Keys with `mod` always are. */
  typing?: boolean
  /** Whether it may be done now. */
  when?: () => boolean
}

/** Bindings by keys: `j`, `g q` (one after the other), `mod+k` (Ctrl, or ⌘ on a Mac), `shift+enter`, `?`. */
export type Bindings = Record<string, Binding | ((event: KeyboardEvent) => void)>

/** A line of the list of keys. */
export interface KeyHelp {
  keys: string
  says: string
}

interface Bound {
  strokes: string[]
  binding: Binding
  keys: string
}

/** How long the second key of two may take. */
const SECOND_MS = 1500

const layers: Bound[][] = []
const begun = new WeakMap<EventTarget, { strokes: string[]; at: number }>()
const listening = new WeakMap<EventTarget, number>()
const layerTargets = new WeakMap<Bound[], EventTarget>()

const isMac = (): boolean => typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/**
 * Binds keys until the function returned is called. What was bound last is asked first; nothing is heard while somebody
 * types, nor while an input method composes.
 */
export function bind(bindings: Bindings, target: EventTarget = document): () => void {
  const layer = Object.entries(bindings).map(([keys, binding]) => ({
    keys,
    strokes: keys.split(' ').map(normal),
    binding: typeof binding === 'function' ? { run: binding } : binding,
  }))
  layers.push(layer)
  layerTargets.set(layer, target)
  const count = listening.get(target) ?? 0
  if (count === 0) target.addEventListener('keydown', press)
  listening.set(target, count + 1)
  let isBound = true
  return () => {
    if (!isBound) return
    isBound = false
    layers.splice(layers.indexOf(layer), 1)
    const left = (listening.get(target) ?? 1) - 1
    listening.set(target, left)
    if (left === 0) target.removeEventListener('keydown', press)
  }
}

/** All keys bound now that say what they do, the latest first; of equal keys the one that is heard. */
export function keyHelp(): KeyHelp[] {
  const seen = new Set<string>()
  const help: KeyHelp[] = []
  for (const layer of [...layers].reverse()) {
    for (const { keys, binding } of layer) {
      if (!binding.says || seen.has(keys) || binding.when?.() === false) continue
      seen.add(keys)
      help.push({ keys, says: binding.says })
    }
  }
  return help
}

const NAMES: Record<string, string> = {
  enter: '↵', escape: 'Esc', arrowup: '↑', arrowdown: '↓', arrowleft: '←', arrowright: '→', ' ': '␣', space: '␣', backspace: '⌫', delete: 'Del', tab: '⇥',
}

/** Keys as people read them on this machine, stroke by stroke: `⌘K`, `Ctrl+K`, `g q`. */
export function keyName(keys: string): string {
  return keys
    .split(' ')
    .map((stroke) => {
      const parts = stroke.split('+').filter((part) => part !== '')
      const key = parts.pop() ?? '+'
      const signs: Record<string, string> = isMac() ? { mod: '⌘', shift: '⇧', alt: '⌥' } : { mod: 'Ctrl+', shift: 'Shift+', alt: 'Alt+' }
      const named = NAMES[key.toLowerCase()] ?? (parts.length > 0 ? key.toUpperCase() : key)
      return parts.map((part) => signs[part] ?? '').join('') + named
    })
    .join(' ')
}

function normal(stroke: string): string {
  const parts = stroke.toLowerCase().split('+')
  const key = parts.pop() || '+'
  return [...parts.filter((part) => part !== '').sort(), key === 'space' ? ' ' : key].join('+')
}

function strokeOf(event: KeyboardEvent): string {
  const parts = []
  if (event.altKey) parts.push('alt')
  if (isMac() ? event.metaKey : event.ctrlKey) parts.push('mod')
  // Signs that need Shift on some keyboards (`?`) are the signs themselves; letters and named keys keep it.
  const key = event.key.toLowerCase()
  if (event.shiftKey && (key.length > 1 || key !== event.key || key === ' ')) parts.push('shift')
  return [...parts, key].join('+')
}

function isTyping(event: Event): boolean {
  const at = event.composedPath()[0] as Partial<HTMLElement> | undefined
  const name = at?.tagName?.toLowerCase()
  if (at?.isContentEditable || name === 'textarea' || name === 'select') return true
  return name === 'input' && !['checkbox', 'radio', 'button', 'submit', 'reset', 'range', 'file'].includes((at as HTMLInputElement).type)
}

/** Keys that a focused control itself answers to: Enter on a button must press the button. */
function isItsOwn(event: KeyboardEvent): boolean {
  const at = event.composedPath()[0] as Partial<HTMLElement> | undefined
  const name = at?.tagName?.toLowerCase() ?? ''
  return (event.key === 'Enter' || event.key === ' ') && ['button', 'a', 'summary', 'input'].includes(name)
}

function press(event: Event): void {
  if (!(event instanceof KeyboardEvent) || event.isComposing || event.defaultPrevented || event.key === 'Dead') return
  if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return
  const target = event.currentTarget as EventTarget
  const before = begun.get(target)
  const strokes = [...(before && Date.now() - before.at < SECOND_MS ? before.strokes : []), strokeOf(event)]
  begun.delete(target)
  const typing = isTyping(event)
  for (const tried of strokes.length > 1 ? [strokes, strokes.slice(-1)] : [strokes]) {
    let isBeginning = false
    for (const layer of [...layers].reverse()) {
      if (layerTargets.get(layer) !== target) continue
      for (const { strokes: wanted, binding } of layer) {
        const heard = (!typing || binding.typing || wanted[0]?.includes('mod+')) && binding.when?.() !== false && !isItsOwn(event)
        if (!heard || !tried.every((stroke, at) => wanted[at] === stroke)) continue
        if (wanted.length > tried.length) isBeginning = true
        else {
          event.preventDefault()
          binding.run(event)
          return
        }
      }
    }
    if (isBeginning) {
      begun.set(target, { strokes: tried, at: Date.now() })
      event.preventDefault()
      return
    }
  }
}
