import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

/** At most so long. */
export const VOICE_MOST_S = 60

const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus']

/** Whether this browser can record at all. */
export function canRecord(): boolean {
  return typeof MediaRecorder !== 'undefined' && Boolean(navigator.mediaDevices?.getUserMedia)
}

/** Records a voice note; `taken` gets it once it is stopped. */
export function useVoice(taken: (note: Blob, file: string) => void): {
  state: Ref<'idle' | 'asking' | 'recording' | 'refused'>
  seconds: Ref<number>
  start: () => Promise<void>
  stop: () => void
} {
  const state = ref<'idle' | 'asking' | 'recording' | 'refused'>('idle')
  const seconds = ref(0)
  const recorder: ShallowRef<MediaRecorder | undefined> = shallowRef()
  let timer = 0

  async function start(): Promise<void> {
    state.value = 'asking'
    let stream: MediaStream
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    } catch {
      state.value = 'refused'
      return
    }
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one))
    const made = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 24_000 } : {})
    const parts: Blob[] = []
    made.ondataavailable = ({ data }) => parts.push(data)
    made.onstop = () => {
      stream.getTracks().forEach((track) => track.stop())
      window.clearInterval(timer)
      state.value = 'idle'
      const media = (made.mimeType || 'audio/webm').split(';')[0] ?? 'audio/webm'
      const note = new Blob(parts, { type: media })
      if (note.size > 0) taken(note, `voice.${media.split('/')[1] ?? 'webm'}`)
    }
    recorder.value = made
    seconds.value = 0
    made.start()
    state.value = 'recording'
    timer = window.setInterval(() => {
      seconds.value += 1
      if (seconds.value >= VOICE_MOST_S) stop()
    }, 1000)
  }

  function stop(): void {
    if (recorder.value?.state === 'recording') recorder.value.stop()
  }

  onBeforeUnmount(stop)
  return { state, seconds, start, stop }
}
