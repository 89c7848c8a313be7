import { shallowRef, type ShallowRef } from 'vue'
import { shrinkPhoto } from '@core/photo'
import { useToast } from '@ui/toast'
import { useTown } from '@ui/town'
import { useField } from './app'

/** Photos just taken that the report has not taken up yet, by their names on this phone. */
const taken: ShallowRef<string[]> = shallowRef([])
/** How many are still being made small. */
const busy = shallowRef(0)
/** The input of the page's frame: it outlives the view from which it was opened. */
const input: ShallowRef<HTMLInputElement | null> = shallowRef(null)

/** Takes photos from an input, makes them small and keeps them, so that not even a page thrown out of memory loses them. */
export function useTaking(): {
  taken: ShallowRef<string[]>
  busy: ShallowRef<number>
  input: ShallowRef<HTMLInputElement | null>
  /** Opens the camera; `album`: the phone's pictures instead, as where there is no camera or no leave to use it. */
  open: (album?: boolean) => void
  take: (event: Event) => Promise<void>
} {
  const { api } = useField()
  const { t } = useTown()
  const { say: toast } = useToast()

  async function take(event: Event): Promise<void> {
    const from = event.target as HTMLInputElement
    const files = [...(from.files ?? [])]
    from.value = ''
    for (const file of files) {
      busy.value += 1
      try {
        const { blob, width } = await shrinkPhoto(file)
        if (!width) {
          toast(t('ui.photo.no_picture'))
          continue
        }
        const { hash } = await api.upload(blob, file.name)
        taken.value = [...taken.value, hash]
      } finally {
        busy.value -= 1
      }
    }
  }

  function open(album = false): void {
    const element = input.value
    if (!element) return
    if (album) element.removeAttribute('capture')
    else element.setAttribute('capture', 'environment')
    element.click()
  }

  return { taken, busy, input, open, take }
}
