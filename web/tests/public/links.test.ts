import { describe, expect, it } from 'vitest'
import { followLink, isRecordId, parseLink } from '../../public/link'
import { codePath, reportLink } from '../../public/qr/code'

const record = '01a20742-3ea4-7e4c-8b4b-338f3570a327'
const token = 'Xtp4i-yRWw-XlQhSufVGbg'

describe('links', () => {
  it('of a report lead back to it, also with what people paste around them', () => {
    const link = followLink({ record, token }, 'https://town.example')
    expect(parseLink(link)).toEqual({ record, token })
    expect(parseLink(`  ${link} `)).toEqual({ record, token })
    expect(parseLink(link.replace('#', '?lang=en#'))).toEqual({ record, token })
    expect(parseLink('SJ20260302-0001')).toBeUndefined()
    expect(isRecordId(record)).toBe(true)
    expect(isRecordId('SJ20260302-0001')).toBe(false)
  })

  it('of a place carry it and its name', () => {
    const link = new URL(reportLink([119.9954, 31.4389], '村口 & 车站', 'https://town.example'))
    expect(link.pathname).toBe('/public/report')
    expect(link.searchParams.get('at')).toBe('119.995400,31.438900')
    expect(link.searchParams.get('name')).toBe('村口 & 车站')
  })
})

describe('a code', () => {
  it('is a square of modules with a quiet zone of four', () => {
    const { size, path } = codePath('https://town.example/public/report?at=119.995400,31.438900')
    expect(size).toBeGreaterThanOrEqual(21 + 8)
    const dark = [...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map((match) => [Number(match[1]), Number(match[2])] as const)
    expect(dark.length).toBeGreaterThan(200)
    for (const [x, y] of dark) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(4)
      expect(Math.max(x, y)).toBeLessThan(size - 4)
    }
    // The three finders stand in their corners.
    for (const [x, y] of [[4, 4], [size - 5, 4], [4, size - 5]] as const) expect(dark).toContainEqual([x, y])
  })
})
