import type { UploadOptions } from './asking'
import type { Stored } from './model'
import { pause, rest, troubleOf } from './transport'
import { problem, Trouble } from './trouble'

/** How long nothing may move before an upload counts as lost. */
const STUCK_MS = 30_000
const ATTEMPTS = 3

/** Stores a file and tells how far it is, which only this old interface can; repeated where an answer is lost. */
export async function uploadWithProgress(url: string, blob: Blob, headers: Record<string, string>, options: UploadOptions): Promise<Stored> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(url, blob, headers, options)
    } catch (error) {
      const lost = error instanceof Trouble && error.offline
      if (!lost || attempt >= ATTEMPTS || options.signal?.aborted) throw error
      await rest(pause(attempt + 1), options.signal)
    }
  }
}

function once(url: string, blob: Blob, headers: Record<string, string>, options: UploadOptions): Promise<Stored> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const offline = (): void => done(() => reject(new Trouble(problem('offline', 0, {}), 'offline')))
    const abort = (): void => {
      request.abort()
      done(() => reject(new DOMException('aborted', 'AbortError')))
    }
    let timer = setTimeout(giveUp, STUCK_MS)
    function giveUp(): void {
      request.abort()
      offline()
    }
    function done(how: () => void): void {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
      how()
    }
    request.open('POST', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, STUCK_MS)
      if (event.lengthComputable) options.progress?.(event.loaded / event.total)
    }
    request.onerror = offline
    request.onload = () => {
      const response = new Response(request.responseText, {
        status: request.status, headers: { 'retry-after': request.getResponseHeader('retry-after') ?? '' },
      })
      if (request.status === 201 || request.status === 200) done(() => resolve(JSON.parse(request.responseText) as Stored))
      else void troubleOf(response).then((trouble) => done(() => reject(trouble)))
    }
    options.signal?.addEventListener('abort', abort)
    if (options.signal?.aborted) abort()
    else request.send(blob)
  })
}
