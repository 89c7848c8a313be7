import type { Problem } from './model'
import { say, type Lang, type Text } from './text'

/**
 * What went wrong with a request:
 * `offline`: no answer at all (no network, the server is away, time ran out): nothing is known of what became of it;
 * `signed_out`: sign in (again); `refused`: the server understood and says no, for a reason in the problem;
 * `busy`: come again later (429, 503, 507): what was to be sent is to be kept; `broken`: the server failed.
 */
export type TroubleKind = 'offline' | 'signed_out' | 'refused' | 'busy' | 'broken'

/** Every failure of the API. Its problem is the server's own; where there was no answer its text is empty. */
export class Trouble extends Error {
  readonly problem: Problem
  readonly kind: TroubleKind
  /** Whether there was no answer: the network or the server is away. */
  readonly offline: boolean

  constructor(problem: Problem, kind: TroubleKind) {
    super(`${problem.code}: ${problem.detail}`)
    this.name = 'Trouble'
    this.problem = problem
    this.kind = kind
    this.offline = kind === 'offline'
  }

  /** The key of the sentence in the catalogues that says what it means for what was done: `core.trouble.offline` … */
  get key(): string {
    return `core.trouble.${this.kind}`
  }

  /** Whether the same request may well succeed later, so that what was typed is to be kept and sent again. */
  get passing(): boolean {
    return this.kind === 'offline' || this.kind === 'busy' || this.kind === 'broken'
  }

  /** What to show: the server's own words in `lang`, or where it said none the catalogue's. */
  words(lang: Lang, t: (key: string) => string): string {
    return say(this.problem.text, lang) || t(this.key)
  }
}

/** Any thrown value as a Trouble. */
export function asTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  const found = problem('client', 0, {})
  found.detail = error instanceof Error ? error.message : String(error)
  return new Trouble(found, 'broken')
}

/** A problem of our own making, where the server said none. */
export function problem(code: string, status: number, text: Text): Problem {
  const detail = text.en ?? text.zh ?? ''
  return { type: 'about:blank', title: detail, status, code, detail, text }
}
