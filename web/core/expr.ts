/**
 * Evaluates the expressions of packs, exactly as the server does: one sort of number (JSON's), an empty field told from a
 * mistake, spans of time among the values. What a condition depends on and nobody has filled in makes it not hold.
 */
import { parseCel, type Tree } from './cel'
import { compareTexts, sameValue } from './compare'
import type { Json } from './model'

/** What a condition may ask about. */
export interface Scope {
  /** A field's value; null where it is empty or unknown. */
  field(name: string): Json
  /** Whether an option is, or lies in, a group. */
  within(option: string, group: string): boolean
}

/** A condition of the pack language, ready to be asked. */
export interface Condition {
  readonly source: string
  /** Whether it holds; one that has no value (an empty figure compared) does not hold, as on the server. */
  test(scope: Scope): boolean
  /** Whatever the expression gives; throws where it has no value. */
  value(scope: Scope): Json
}

/** Why an expression has no value: a field is empty, a type is wrong, a division by zero … */
export class NoValue extends Error {}

class Span {
  constructor(readonly count: number, readonly unit: string) {}
}
type Datum = Json | Span

const MAX_STEPS = 100_000
const known = new Map<string, Condition>()

/** Compiles an expression; the same source again is answered from memory. One that cannot be read never holds. */
export function condition(source: string): Condition {
  const before = known.get(source)
  if (before) return before
  let tree: Tree | undefined
  try {
    tree = parseCel(source)
  } catch {
    tree = undefined
  }
  const value = (scope: Scope): Json => {
    if (!tree) throw new NoValue('syntax')
    return json(new Evaluation(scope).of(tree))
  }
  const made: Condition = {
    source,
    value,
    test(scope) {
      try {
        return value(scope) === true
      } catch (error) {
        if (error instanceof NoValue) return false
        throw error
      }
    },
  }
  known.set(source, made)
  return made
}

function json(datum: Datum): Json {
  if (datum instanceof Span) throw new NoValue('a span')
  return datum
}

function equal(a: Datum, b: Datum): boolean {
  if (a instanceof Span || b instanceof Span) {
    return a instanceof Span && b instanceof Span && a.count === b.count && a.unit === b.unit
  }
  return sameValue(a, b)
}

const UNITS = new Set(['minutes', 'hours', 'days', 'workhours', 'workdays'])
const MACROS = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])

class Evaluation {
  private steps = 0
  private readonly bound: [string, Json][] = []
  constructor(private readonly scope: Scope) {}

  of(tree: Tree): Datum {
    if (++this.steps > MAX_STEPS) throw new NoValue('too many steps')
    switch (tree.is) {
      case 'value':
        return tree.value
      case 'name': {
        const found = this.bound.findLast(([name]) => name === tree.name)
        return found ? found[1] : this.scope.field(tree.name)
      }
      case 'list':
        return tree.items.map((item) => json(this.of(item)))
      case 'member':
        return this.member(tree)
      case 'index': {
        const list = json(this.of(tree.of))
        const at = this.figure(tree.at)
        if (!Array.isArray(list) || !Number.isInteger(at) || at < 0 || at >= list.length) throw new NoValue('[]')
        return list[at] ?? null
      }
      case 'unary':
        return tree.op === '!' ? !this.holds(tree.of) : -this.figure(tree.of)
      case 'choice':
        return this.of(this.holds(tree.test) ? tree.yes : tree.no)
      case 'binary':
        return this.binary(tree.op, tree.left, tree.right)
      case 'call':
        return this.call(tree.name, tree.target, tree.args)
    }
  }

  private member(tree: Extract<Tree, { is: 'member' }>): Json {
    const of = json(this.of(tree.of))
    if (of === null) return null
    if (typeof of !== 'object' || Array.isArray(of)) throw new NoValue(`.${tree.name}`)
    return of[tree.name] ?? null
  }

  private holds(tree: Tree): boolean {
    const value = json(this.of(tree))
    if (typeof value !== 'boolean') throw new NoValue('a condition')
    return value
  }

  private figure(tree: Tree): number {
    const value = json(this.of(tree))
    if (typeof value !== 'number') throw new NoValue('a number')
    return value
  }

  private text(tree: Tree): string {
    const value = json(this.of(tree))
    if (typeof value !== 'string') throw new NoValue('a text')
    return value
  }

  private binary(op: string, left: Tree, right: Tree): Json {
    switch (op) {
      case '&&':
        return this.both(left, right, false)
      case '||':
        return this.both(left, right, true)
      case '==':
        return equal(this.of(left), this.of(right))
      case '!=':
        return !equal(this.of(left), this.of(right))
      case 'in': {
        const [needle, list] = [this.of(left), json(this.of(right))]
        if (list === null) return false
        if (!Array.isArray(list)) throw new NoValue('in')
        return list.some((item) => equal(needle, item))
      }
      case '+':
        return this.plus(json(this.of(left)), json(this.of(right)))
      case '-':
        return finite(this.figure(left) - this.figure(right))
      case '*':
        return finite(this.figure(left) * this.figure(right))
      case '/':
      case '%': {
        const [over, under] = [this.figure(left), this.figure(right)]
        if (under === 0) throw new NoValue('division by zero')
        return finite(op === '/' ? over / under : over % under)
      }
      default:
        return this.ordered(op, json(this.of(left)), json(this.of(right)))
    }
  }

  /** The side that decides wins even where the other has no value. */
  private both(left: Tree, right: Tree, decides: boolean): boolean {
    return decide(() => this.holds(left), () => this.holds(right), decides)
  }

  private plus(a: Json, b: Json): Json {
    if (typeof a === 'number' && typeof b === 'number') return finite(a + b)
    if (typeof a === 'string' && typeof b === 'string') return a + b
    if (Array.isArray(a) && Array.isArray(b)) {
      this.steps += a.length
      return [...a, ...b]
    }
    throw new NoValue('+')
  }

  private ordered(op: string, a: Json, b: Json): boolean {
    let order: number
    if (typeof a === 'number' && typeof b === 'number') order = a - b
    else if (typeof a === 'string' && typeof b === 'string') order = compareTexts(a, b)
    else throw new NoValue('a comparison')
    return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0
  }

  private call(name: string, target: Tree | undefined, args: Tree[]): Datum {
    const arg = (at: number): Tree => {
      const found = args[at]
      if (!found) throw new NoValue(name)
      return found
    }
    if (target && MACROS.has(name)) return this.macro(name, target, arg(0), args)
    if (UNITS.has(name)) {
      const count = this.figure(arg(0))
      if (!Number.isInteger(count) || count < 0 || count > 100_000) throw new NoValue(name)
      return new Span(count, name)
    }
    switch (name) {
      case 'limit':
        return null
      case 'has': {
        const of = arg(0)
        if (of.is !== 'member') throw new NoValue('has')
        return this.member(of) !== null
      }
      case 'within': {
        const [value, group] = [json(this.of(arg(0))), this.text(arg(1))]
        if (value === null) return false
        if (typeof value === 'string') return this.scope.within(value, group)
        if (!Array.isArray(value)) throw new NoValue('within')
        return value.some((option) => typeof option === 'string' && this.scope.within(option, group))
      }
      case 'size': {
        const value = json(this.of(target ?? arg(0)))
        if (value === null) return 0
        if (Array.isArray(value)) return value.length
        if (typeof value === 'string') return [...value].length
        throw new NoValue('size')
      }
      case 'string': {
        const value = json(this.of(arg(0)))
        if (value === null || typeof value === 'object') throw new NoValue('string')
        return String(value)
      }
      case 'contains':
      case 'startsWith':
      case 'endsWith': {
        if (!target) throw new NoValue(name)
        const [text, part] = [this.text(target), this.text(arg(0))]
        return name === 'contains' ? text.includes(part) : name === 'startsWith' ? text.startsWith(part) : text.endsWith(part)
      }
      default:
        throw new NoValue(name)
    }
  }

  private macro(name: string, target: Tree, variable: Tree, args: Tree[]): Json {
    const body = args[1]
    if (variable.is !== 'name' || !body) throw new NoValue(name)
    const list = json(this.of(target))
    // A list that nobody has filled in has no items.
    const items = list === null ? [] : list
    if (!Array.isArray(items)) throw new NoValue(name)
    const over = <T>(item: Json, ask: () => T): T => {
      this.bound.push([variable.name, item])
      try {
        return ask()
      } finally {
        this.bound.pop()
      }
    }
    if (name === 'all' || name === 'exists') {
      const decides = name === 'exists'
      return items.reduceRight<() => boolean>(
        (rest, item) => () => decide(() => over(item, () => this.holds(body)), rest, decides),
        () => !decides,
      )()
    }
    if (name === 'map') {
      const last = args[2]
      const kept = last ? items.filter((item) => over(item, () => this.holds(body))) : items
      return kept.map((item) => over(item, () => json(this.of(last ?? body))))
    }
    const kept = items.filter((item) => over(item, () => this.holds(body)))
    return name === 'exists_one' ? kept.length === 1 : kept
  }
}

/** `&&` (decided by false) and `||` (decided by true) where either side may have no value. */
function decide(left: () => boolean, right: () => boolean, decides: boolean): boolean {
  let failed: NoValue | undefined
  for (const side of [left, right]) {
    try {
      if (side() === decides) return decides
    } catch (error) {
      if (!(error instanceof NoValue)) throw error
      failed ??= error
    }
  }
  if (failed) throw failed
  return !decides
}

function finite(figure: number): number {
  if (!Number.isFinite(figure)) throw new NoValue('a number')
  return figure
}
