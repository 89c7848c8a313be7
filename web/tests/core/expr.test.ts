// @vitest-environment node
import { parse } from '@marcbachmann/cel-js'
import { expect, test } from 'vitest'
import { parseCel, type Tree } from '@core/cel'
import { condition } from '@core/expr'
import type { Json, JsonObject } from '@core/model'

const groups: Record<string, string[]> = { livelihood: ['hardship', 'elderly_care'], town: ['litter'] }

function value(source: string, fields: JsonObject = {}): Json | undefined {
  try {
    return condition(source).value({
      field: (name) => fields[name] ?? null,
      within: (option, group) => option === group || (groups[group] ?? []).includes(option),
    })
  } catch {
    return undefined
  }
}

function check(source: string, fields: JsonObject, expected: Json | undefined): void {
  expect(value(source, fields), source).toEqual(expected)
}

test('operators know one sort of number and tell empty from false', () => {
  check('1 + 2 * 3 == 7.0', {}, true)
  check('7 % 4 == 3 && -2 < 1', {}, true)
  check('n > 3', { n: null }, undefined)
  check('n == null', {}, true)
  check('n > 3 || true', {}, true)
  check('true || n > 3', {}, true)
  check('false && n > 3', {}, false)
  check('n > 3 && false', {}, false)
  check('n > 3 && true', {}, undefined)
  check('!n', {}, undefined)
  check('1 / 0 > 1', {}, undefined)
  check("'a' + 'b' == 'ab'", {}, true)
  check('[1] + [2] == [1, 2.0]', {}, true)
  check("'2' in ['1', '2']", {}, true)
  check("'x' in nothing", {}, false)
  check("a == 'x' ? 1 : 2", { a: 'x' }, 1)
  check('size(a) == 2 && a.size() == 2', { a: '井盖' }, true)
  check('size(nothing)', {}, 0)
  check('string(2) + string(true)', {}, '2true')
  check('[1, 2][2]', {}, undefined)
})

test('instants compare across offsets, dates as texts, texts by code point', () => {
  check("a < '2026-03-02T09:00:00Z'", { a: '2026-03-02T16:50:00+08:00' }, true)
  check("'2026-03-02T16:50:00+08:00' == '2026-03-02T08:50:00Z'", {}, true)
  check("'2026-03-02T08:50:00.000000001Z' > '2026-03-02T08:50:00Z'", {}, true)
  check("day >= '2026-03-02'", { day: '2026-11-01' }, true)
  check("'\\uffff' < '\\U0001F600'", {}, true)
})

test('within, has and the macros', () => {
  check("within(c, 'livelihood')", { c: 'hardship' }, true)
  check("within(c, 'livelihood')", { c: 'litter' }, false)
  check("within(c, 'livelihood')", {}, false)
  check("within(c, 'livelihood')", { c: ['litter', 'hardship'] }, true)
  check("within(c, 'litter')", { c: 'litter' }, true)
  check('has(a.b)', { a: { b: 1 } }, true)
  check('has(a.b)', {}, false)
  check('rows.exists(r, r.n > 2)', { rows: [{ n: 1 }, { n: 3 }] }, true)
  check('rows.exists(r, r.n > 2)', { rows: [{ n: null }, { n: 3 }] }, true)
  check('rows.exists(r, r.n > 2)', { rows: [{ n: null }, { n: 1 }] }, undefined)
  check('rows.exists(r, r.n > 2)', {}, false)
  check('rows.all(r, r.n > 2)', { rows: [{ n: null }, { n: 1 }] }, false)
  check('rows.all(r, r.n > 0)', {}, true)
  check('[1, 2, 3].filter(n, n > 1).map(n, n * 2)', {}, [4, 6])
  check('[1, 2, 3].map(n, n > 1, n * 2)', {}, [4, 6])
  check('[1, 2, 3].exists_one(n, n == 2)', {}, true)
  check('[1, 0].exists(n, 1 / n > 0)', {}, true)
  check('[1, 2].all(n, [n].exists(n, n > 0))', {}, true)
})

test('a condition that has no value or cannot be read does not hold', () => {
  const scope = { field: () => null, within: () => false }
  for (const source of ['n > 3', 'hours(2)', '1', 'null', 'n +', 'x y', "'abc", 'f(1)', '{"a": 1}', 'a.b.c > 1', `${'('.repeat(50)}true${')'.repeat(50)}`]) {
    expect(condition(source).test(scope), source).toBe(false)
  }
  expect(condition('hours(2) == hours(2)').test(scope)).toBe(true)
  expect(condition('true').test(scope)).toBe(true)
})

/** The other implementation's tree in our terms. */
function oracle(node: ReturnType<typeof parse>['ast']): Tree {
  switch (node.op) {
    case 'value': {
      const found = node.args
      if (typeof found === 'bigint') return { is: 'value', value: Number(found) }
      if (found === null || typeof found === 'boolean' || typeof found === 'number' || typeof found === 'string') return { is: 'value', value: found }
      return { is: 'value', value: Number((found as { valueOf(): unknown }).valueOf()) }
    }
    case 'id':
      return { is: 'name', name: node.args }
    case 'list':
      return { is: 'list', items: node.args.map(oracle) }
    case '.':
      return { is: 'member', of: oracle(node.args[0]), name: node.args[1] }
    case '[]':
      return { is: 'index', of: oracle(node.args[0]), at: oracle(node.args[1]) }
    case 'call':
      return { is: 'call', name: node.args[0], target: undefined, args: node.args[1].map(oracle) }
    case 'rcall':
      return { is: 'call', name: node.args[0], target: oracle(node.args[1]), args: node.args[2].map(oracle) }
    case '!_':
      return { is: 'unary', op: '!', of: oracle(node.args) }
    case '-_':
      return { is: 'unary', op: '-', of: oracle(node.args) }
    case '?:':
      return { is: 'choice', test: oracle(node.args[0]), yes: oracle(node.args[1]), no: oracle(node.args[2]) }
    case 'map':
    case '.?':
    case '[?]':
      throw new Error('not ours')
    default:
      return { is: 'binary', op: node.op, left: oracle(node.args[0]), right: oracle(node.args[1]) }
  }
}

test('the parser reads what a complete implementation reads, in random expressions', () => {
  let seed = 20261123
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * n)
  }
  const pick = (...from: string[]): string => from[random(from.length)] ?? ''
  const make = (deep: number): string => {
    if (deep === 0) return pick('a', 'b_2', '1', '2.5', '0x1f', '1e3', "'x'", '"y\\n\\u4e95"', "r'\\d'", "'''t''' ", 'true', 'null')
    const sub = (): string => make(random(deep))
    switch (random(11)) {
      // In brackets: the other one lets `<` bind tighter than `==`, which CEL's grammar and the server don't.
      case 0: return `(${sub()} ${pick('==', '!=', '<', '<=', '>', '>=', 'in')} ${pick('a', '1', "'x'")})`
      case 1: return `${sub()}${pick('+', ' - ', '*', '/', '%')}${sub()}`
      case 2: return `${sub()} ${pick('&&', '||')} ${sub()}`
      case 3: return `(${sub()})`
      case 4: return `!(${sub()})`
      case 5: return `-(${sub()})`
      case 6: return `[${sub()}, ${sub()}]`
      case 7: return `within(${sub()}, 'g')`
      case 8: return `(${sub()}).${pick('name', 'size()', "contains('x')")}`
      case 9: return `(${sub()})[${sub()}]`
      default: return `(${sub()} ? ${sub()} : ${sub()})`
    }
  }
  for (let n = 0; n < 800; n++) {
    const source = make(4)
    expect(parseCel(source), source).toEqual(oracle(parse(source).ast))
  }
})
