import { onBeforeUnmount, onMounted } from 'vue'
import { asTrouble } from '@core/trouble'
import { useToast } from '@ui/toast'
import { useTown } from '@ui/town'
import { leftOver } from './held'

const AGAIN_MS = 30_000

/** Sends what was decided on a page that went away before it was sent, and says what became of it. */
export function useLeftOver(): void {
  const town = useTown()
  const toast = useToast()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function send(): Promise<void> {
    for (const { commands, forget } of leftOver(town.me.value?.person ?? '')) {
      try {
        const outcomes = await town.api.post(commands)
        forget()
        const refused = outcomes.find((outcome) => outcome.outcome === 'refused')
        if (refused) toast.say(town.t('desk.held.refused', { why: town.say(refused.problem?.text) }), { tone: 'bad' })
        else if (outcomes.some((outcome) => outcome.outcome !== 'repeated')) toast.say(town.t('desk.held.sent'), { tone: 'good' })
      } catch (error) {
        // Without the line it stays for the next time.
        if (!asTrouble(error).offline) forget()
      }
    }
    timer = setTimeout(() => void send(), AGAIN_MS)
  }

  onMounted(() => void send())
  onBeforeUnmount(() => clearTimeout(timer))
}
