/**
 * Reads CEL into a tree: the part of the language that packs use. It is our own and small, so that a phone that draws a
 * form loads two kilobytes instead of a whole implementation; the tests hold it to a complete one.
 */

/** A node of the tree. */
export type Tree =
  | { is: 'value'; value: null | boolean | number | string }
  | { is: 'name'; name: string }
  | { is: 'list'; items: Tree[] }
  | { is: 'member'; of: Tree; name: string }
  | { is: 'index'; of: Tree; at: Tree }
  | { is: 'call'; name: string; target: Tree | undefined; args: Tree[] }
  | { is: 'unary'; op: '!' | '-'; of: Tree }
  | { is: 'binary'; op: string; left: Tree; right: Tree }
  | { is: 'choice'; test: Tree; yes: Tree; no: Tree }

/** Why a text is no expression. */
export class CelError extends Error {
  constructor(
    what: string,
    readonly at: number,
  ) {
    super(`${what} at ${at}`)
    this.name = 'CelError'
  }
}

interface Token {
  kind: 'number' | 'string' | 'name' | 'sign' | 'end'
  text: string
  value?: number | string
  at: number
}

const MAX_CHARS = 1000
const MAX_DEPTH = 40
const SIGNS = ['&&', '||', '==', '!=', '<=', '>=', '<', '>', '+', '-', '*', '/', '%', '!', '?', ':', '(', ')', '[', ']', '.', ',']
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)
const ESCAPES: Record<string, string> = {
  a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'", '"': '"', '`': '`', '?': '?',
}

function unescape(raw: string, at: number): string {
  return raw.replace(/\\(x[0-9a-fA-F]{2}|X[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|[\s\S])/g, (_, seen: string) => {
    if (/^[xXuU]./.test(seen)) return String.fromCodePoint(parseInt(seen.slice(1), 16))
    if (seen.length === 3) return String.fromCodePoint(parseInt(seen, 8))
    const plain = ESCAPES[seen]
    if (plain === undefined) throw new CelError('a bad escape', at)
    return plain
  })
}

const STRING = /([rR]?)("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')/y
const RAW = /([rR])("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')/y
const NUMBER = /0x[0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?/y
const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y
const SPACE = /(?:[ \t\n\r\f]|\/\/[^\n]*)+/y

function tokens(source: string): Token[] {
  const found: Token[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  for (;;) {
    at += take(SPACE)?.[0].length ?? 0
    if (at >= source.length) return [...found, { kind: 'end', text: '', at }]
    const text = take(RAW) ?? take(STRING)
    if (text) {
      const [whole, raw, quoted = ''] = text
      const edge = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1
      const inner = quoted.slice(edge, -edge)
      found.push({ kind: 'string', text: whole, value: raw ? inner : unescape(inner, at), at })
      at += whole.length
      continue
    }
    const number = take(NUMBER)
    if (number) {
      found.push({ kind: 'number', text: number[0], value: Number(number[0].replace(/[uU]$/, '')), at })
      at += number[0].length
      continue
    }
    const name = take(NAME)
    if (name) {
      found.push({ kind: 'name', text: name[0], at })
      at += name[0].length
      continue
    }
    const sign = SIGNS.find((sign) => source.startsWith(sign, at))
    if (!sign) throw new CelError('an unknown sign', at)
    found.push({ kind: 'sign', text: sign, at })
    at += sign.length
  }
}

/** From what binds loosest to what binds tightest. */
const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>=', 'in'], ['+', '-'], ['*', '/', '%']]

class Reader {
  private at = 0
  private depth = 0
  constructor(private readonly tokens: Token[]) {}

  whole(): Tree {
    const tree = this.expression()
    if (this.seen().kind !== 'end') throw new CelError('something too much', this.seen().at)
    return tree
  }

  private seen(): Token {
    return this.tokens[this.at] as Token
  }

  private eat(sign: string): boolean {
    const token = this.seen()
    const is = token.text === sign && (token.kind === 'sign' || (sign === 'in' && token.kind === 'name'))
    if (is) this.at++
    return is
  }

  private expect(sign: string): void {
    if (!this.eat(sign)) throw new CelError(`no ${sign}`, this.seen().at)
  }

  private expression(): Tree {
    if (++this.depth > MAX_DEPTH) throw new CelError('nested too deep', this.seen().at)
    const test = this.level(0)
    let tree = test
    if (this.eat('?')) {
      const yes = this.level(0)
      this.expect(':')
      tree = { is: 'choice', test, yes, no: this.expression() }
    }
    this.depth--
    return tree
  }

  private level(level: number): Tree {
    const ops = LEVELS[level]
    if (!ops) return this.unary()
    let left = this.level(level + 1)
    for (;;) {
      const op = ops.find((op) => this.eat(op))
      if (!op) return left
      left = { is: 'binary', op, left, right: this.level(level + 1) }
    }
  }

  private unary(): Tree {
    for (const op of ['!', '-'] as const) {
      let times = 0
      while (this.eat(op)) times++
      if (times === 0) continue
      const of = this.member()
      // As CEL's own parser does it: an even number says nothing.
      return times % 2 === 0 ? of : { is: 'unary', op, of }
    }
    return this.member()
  }

  private member(): Tree {
    let tree = this.primary()
    for (;;) {
      if (this.eat('.')) {
        const name = this.name()
        tree = this.eat('(') ? { is: 'call', name, target: tree, args: this.until(')') } : { is: 'member', of: tree, name }
      } else if (this.eat('[')) {
        const at = this.expression()
        this.expect(']')
        tree = { is: 'index', of: tree, at }
      } else return tree
    }
  }

  private primary(): Tree {
    const token = this.seen()
    if (this.eat('(')) {
      const tree = this.expression()
      this.expect(')')
      return tree
    }
    if (this.eat('[')) return { is: 'list', items: this.until(']') }
    if (token.kind === 'number' || token.kind === 'string') {
      this.at++
      return { is: 'value', value: token.value ?? null }
    }
    if (token.kind !== 'name') throw new CelError('a value is missing', token.at)
    const name = this.name()
    if (name === 'true' || name === 'false') return { is: 'value', value: name === 'true' }
    if (name === 'null') return { is: 'value', value: null }
    return this.eat('(') ? { is: 'call', name, target: undefined, args: this.until(')') } : { is: 'name', name }
  }

  private name(): string {
    const token = this.seen()
    if (token.kind !== 'name' || RESERVED.has(token.text) || token.text === 'in') throw new CelError('a name is missing', token.at)
    this.at++
    return token.text
  }

  private until(end: string): Tree[] {
    const items: Tree[] = []
    while (!this.eat(end)) {
      if (items.length > 0) this.expect(',')
      // A list may end with a comma; arguments may not.
      if (end === ']' && this.eat(end)) break
      items.push(this.expression())
    }
    return items
  }
}

/** The tree of an expression; throws a CelError where the text is none. */
export function parseCel(source: string): Tree {
  if ([...source].length > MAX_CHARS) throw new CelError(`longer than ${MAX_CHARS} characters`, MAX_CHARS)
  return new Reader(tokens(source)).whole()
}
