/**
 * Questions that are asked before the page's own scripts have run: a small script in the page's head asks them, and whoever
 * would ask the same later takes the answer instead. Each answer is taken once, and only while the page begins.
 */
declare global {
  interface Window {
    gewangAhead?: Map<string, Promise<Response>>
  }
}

const FRESH_MS = 20_000

/** Asks now; the answer, for whoever wants to ask on from it. */
export function askAhead(request: Request): Promise<Response> {
  const answer = fetch(request)
  const answers = (window.gewangAhead ??= new Map())
  answers.set(nameOf(request), answer)
  // Nobody may ever take it.
  answer.catch(() => undefined)
  return answer
}

/** The answer to the same question, if it was asked ahead; undefined also where that failed. */
export async function takeAhead(request: Request): Promise<Response | undefined> {
  const answers = typeof window === 'undefined' ? undefined : window.gewangAhead
  if (!answers || request.method !== 'GET' || performance.now() > FRESH_MS) return undefined
  // On a phone that knew nobody yet it was asked for whoever is signed in, in the same moment as who that is.
  for (const name of [nameOf(request), nameOf(request, '')]) {
    const answer = answers.get(name)
    if (!answer) continue
    answers.delete(name)
    return answer.catch(() => undefined)
  }
  return undefined
}

/** What is asked and for whom. */
function nameOf({ url, headers }: Request, as = headers.get('gewang-as') ?? ''): string {
  return [url, headers.get('gewang-follow') ?? '', as].join(' ')
}
