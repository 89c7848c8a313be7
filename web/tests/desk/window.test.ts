import { describe, expect, it } from 'vitest'
import { keepInPlace, placesOf, poolOf, reveal, sightOf, windowOf } from '../../desk/work/window'

describe('the rows of a long list that are drawn', () => {
  it('cover what is in sight wherever it is scrolled to, and no more than a little beside it', () => {
    for (let count = 0; count < 120; count += 7) {
      for (let top = 0; top < count * 60; top += 37) {
        const { first, last } = windowOf(top, 500, 60, count)
        expect(first).toBeLessThanOrEqual(Math.floor(top / 60))
        expect(last).toBeGreaterThanOrEqual(Math.min(count, Math.ceil((top + 500) / 60)))
        expect(last - first).toBeLessThanOrEqual(poolOf(500, 60))
      }
    }
  })

  it('stay the same while a scroll stays within a few rows', () => {
    expect(windowOf(6000, 500, 60, 10_000)).toEqual(windowOf(6030, 500, 60, 10_000))
  })

  it('keep their elements while they are in sight, and stand in order where they begin', () => {
    const element = (place: number): number => place % 20
    const before = placesOf({ first: 30, last: 48 }, 20, element(30))
    expect(before).toEqual(Array.from({ length: 18 }, (_, at) => 30 + at))
    const after = placesOf({ first: 34, last: 52 }, 20, element(30))
    expect([...after].sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, at) => 34 + at))
    // The elements that both windows use come in the same order, so none is moved.
    const kept = before.map(element).filter((one) => after.map(element).includes(one))
    expect(after.map(element).filter((one) => kept.includes(one))).toEqual(kept)
  })

  it('come into sight with the least movement', () => {
    expect(reveal(2, 300, 500, 60)).toBe(120)
    expect(reveal(7, 300, 500, 60)).toBe(300)
    expect(reveal(20, 300, 500, 60)).toBe(760)
  })
})

describe('the rows in sight', () => {
  it('are those of which any part is, and lie among those drawn', () => {
    expect(sightOf(0, 600, 60)).toEqual({ first: 0, last: 10 })
    expect(sightOf(90, 600, 60)).toEqual({ first: 1, last: 12 })
    for (const top of [0, 59, 6000, 6031, 99_000]) {
      const [sight, drawn] = [sightOf(top, 500, 60), windowOf(top, 500, 60, 10_000)]
      expect(sight.first >= drawn.first && sight.last <= drawn.last).toBe(true)
    }
  })
})

describe('what is looked at stays where it is', () => {
  const before = ['a', 'b', 'c', 'd', 'e']
  it('when rows come in above it', () => expect(keepInPlace(before, ['x', 'y', ...before], 'c', 60, 60)).toBe(180))
  it('when rows above it go', () => expect(keepInPlace(before, ['c', 'd', 'e'], 'd', 180, 60)).toBe(60))
  it('when rows come in below it', () => expect(keepInPlace(before, [...before, 'z'], 'a', 0, 60)).toBe(0))
  it('when it goes itself: then what stood next keeps its place', () => expect(keepInPlace(before, ['n', 'a', 'c', 'd', 'e'], 'b', 60, 60)).toBe(60))
})
