/** Where a line (from 1) begins in a text; the end of the text for lines beyond it. */
export function lineStart(text: string, line: number): number {
  let at = 0
  for (let n = 1; n < line; n += 1) {
    const next = text.indexOf('\n', at)
    if (next < 0) return text.length
    at = next + 1
  }
  return at
}
