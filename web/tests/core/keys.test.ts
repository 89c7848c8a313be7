import { afterEach, expect, test } from 'vitest'
import { bind, keyHelp, keyName, type Bindings } from '@core/keys'

let off: (() => void)[] = []
afterEach(() => {
  for (const end of off) end()
  off = []
  document.body.innerHTML = ''
})

function heard(...keys: string[]): string[] {
  const done: string[] = []
  off.push(bind(Object.fromEntries(keys.map((key) => [key, () => void done.push(key)]))))
  return done
}

function press(key: string, more: KeyboardEventInit = {}, on: Element = document.body): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, composed: true, ...more })
  on.dispatchEvent(event)
  return event
}

function element(html: string): HTMLElement {
  document.body.innerHTML = html
  return document.body.firstElementChild as HTMLElement
}

test('keys, keys after one another, and keys held together', () => {
  const done = heard('j', 'g q', 'mod+k', '?', 'shift+enter', 'q')
  expect(press('j').defaultPrevented).toBe(true)
  press('g')
  press('q')
  press('q')
  press('k', { ctrlKey: true })
  press('k')
  press('?', { shiftKey: true })
  press('Enter', { shiftKey: true })
  expect(done).toEqual(['j', 'g q', 'q', 'mod+k', '?', 'shift+enter'])
  expect(press('x').defaultPrevented).toBe(false)
})

test('the second key that leads nowhere counts for itself', () => {
  const done = heard('g q', 'j')
  press('g')
  press('j')
  press('q')
  expect(done).toEqual(['j'])
})

test('nothing is heard while somebody types or an input method composes, but for held keys', () => {
  const done = heard('j', 'mod+k')
  const input = element('<input type="text">')
  press('j', {}, input)
  press('k', { ctrlKey: true }, input)
  press('j', { isComposing: true })
  press('j', {}, element('<textarea></textarea>'))
  press('j', {}, element('<input type="checkbox">'))
  expect(done).toEqual(['mod+k', 'j'])
})

test('a button answers to Enter itself', () => {
  const done = heard('enter')
  press('Enter', {}, element('<button></button>'))
  expect(done).toEqual([])
  press('Enter')
  expect(done).toEqual(['enter'])
})

test('what was bound last is asked first, and what may not be done is passed over', () => {
  const done: string[] = []
  let may = true
  const bindings = (name: string): Bindings => ({ j: { run: () => void done.push(name), says: `keys.${name}`, when: () => may || name === 'below' } })
  off.push(bind(bindings('below')))
  const end = bind(bindings('above'))
  press('j')
  expect(keyHelp()).toEqual([{ keys: 'j', says: 'keys.above' }])
  may = false
  press('j')
  end()
  end()
  press('j')
  expect(done).toEqual(['above', 'below', 'below'])
})

test('keys as people read them', () => {
  expect(keyName('mod+k')).toBe('Ctrl+K')
  expect(keyName('g q')).toBe('g q')
  expect(keyName('shift+enter')).toBe('Shift+↵')
  expect(keyName('?')).toBe('?')
})
