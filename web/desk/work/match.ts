/**
 * How well a name answers what was typed, for the palette: every word of the question must occur in it, as a beginning (best),
 * inside, or as letters in order (worst). Undefined where it does not answer at all.
 */
export function score(question: string, name: string): number | undefined {
  const words = fold(question).split(/\s+/).filter((word) => word !== '')
  const text = fold(name)
  let sum = 0
  for (const word of words) {
    const at = text.indexOf(word)
    if (at === 0) sum += 4
    else if (at > 0) sum += /[\s·,，(（]/.test(text[at - 1] ?? '') ? 3 : 2
    else if (word.length > 1 && inOrder(word, text)) sum += 1
    else return undefined
  }
  return sum - text.length / 1000
}

/** The things that answer a question, best first. */
export function best<T>(question: string, things: readonly T[], name: (thing: T) => string, limit: number): T[] {
  return things
    .map((thing) => ({ thing, score: score(question, name(thing)) }))
    .filter((found): found is { thing: T; score: number } => found.score !== undefined)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ thing }) => thing)
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim()
}

function inOrder(word: string, text: string): boolean {
  let at = 0
  for (const sign of word) {
    at = text.indexOf(sign, at)
    if (at < 0) return false
    at += 1
  }
  return true
}
