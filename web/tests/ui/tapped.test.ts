// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import { doTapped, remember } from '../../ui/tapped'

let done: string[]

beforeEach(() => {
  document.body.innerHTML = '<div id="app"></div>'
  done = []
})

const app = (): HTMLElement => document.getElementById('app') as HTMLElement

/** What was drawn before is tapped, then the page itself stands there. */
function tap(before: string, on: string): void {
  app().innerHTML = before
  remember(app())
  app().querySelector<HTMLElement>(on)?.click()
}

function stand(page: string): void {
  app().setAttribute('data-v-app', '')
  app().innerHTML = page
  app().addEventListener('click', (event) => {
    event.preventDefault()
    done.push((event.target as HTMLElement).textContent ?? '')
  })
}

describe('a tap on what stands before the scripts', () => {
  it('is shown at once, and done on the page itself', () => {
    tap('<button data-ahead="option litter">before</button>', 'button')
    expect(app().querySelector('[aria-busy="true"]')?.textContent).toBe('before')
    stand('<button data-ahead="option other">no</button><button data-ahead="option litter">yes</button>')
    doTapped()
    expect(done).toEqual(['yes'])
  })

  it('waits for a view that is read later, and is done once', async () => {
    tap('<a href="/field/cases/7">before</a>', 'a')
    stand('<p>reading</p>')
    doTapped()
    expect(done).toEqual([])
    app().innerHTML = '<a href="/field/cases/7">case</a>'
    await Promise.resolve()
    app().append('more')
    await Promise.resolve()
    expect(done).toEqual(['case'])
  })

  it('counts as the last one', () => {
    tap('<button data-ahead="a">a</button><button data-ahead="b">b</button>', '[data-ahead="a"]')
    app().querySelector<HTMLElement>('[data-ahead="b"]')?.click()
    stand('<button data-ahead="a">a</button><button data-ahead="b">b</button>')
    doTapped()
    expect(done).toEqual(['b'])
  })
})
