// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { fillPlaces } from '../../core/places'

function check(html: string, places: Record<string, string>, wanted: string): void {
  const drawn = document.createElement('div')
  drawn.innerHTML = html
  fillPlaces(drawn, places)
  expect(drawn.innerHTML).toBe(wanted)
}

describe('places in what was drawn before', () => {
  it('are filled in texts and in the attributes that may hold one', () => {
    check('<a href="/cases/{id}" data-ahead="case {id}">To {name}</a>', { id: '7', name: 'the lake' }, '<a href="/cases/7" data-ahead="case 7">To the lake</a>')
  })

  it('stay where nothing is known of them, and what is filled in is no markup', () => {
    check('<p>{town} {other}</p>', { town: '<b>{other}' }, '<p>&lt;b&gt;{other} {other}</p>')
  })
})
