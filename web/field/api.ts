import { Api, Trouble } from '@core/api'
import type { Command, Outcome, Stored } from '@core/model'
import { Keep } from './keep'
import { Outbox } from './outbox'
import { Phone } from './phone'

/** How long a form waits for the town's answer before it leaves the rest to the outbox. */
const PATIENCE_MS = 5000

/**
 * The town's API as a phone has it: files are kept before they are sent, and commands go through the outbox, so that the
 * same forms work with and without network.
 */
export class PhoneApi extends Api {
  readonly phone = new Phone()
  readonly keep = new Keep(this.phone)
  /** Whose phone it is now. */
  owner: string | undefined
  readonly outbox = new Outbox(
    this.phone,
    this.keep,
    {
      upload: async (blob, name) => (await super.upload(blob, name)).hash,
      post: async (command) => {
        const [outcome] = await super.post([command], { attempts: 1 })
        if (!outcome) throw new Error('an answer without an outcome')
        return outcome
      },
    },
    () => this.owner,
  )

  /** Keeps the file on the phone; the hash is a name that stands for it until it is sent. */
  override async upload(blob: Blob, name = 'file'): Promise<Stored> {
    return { hash: await this.keep.take(blob, name), media: blob.type, bytes: blob.size }
  }

  override fileUrl(hash: string, size?: 'thumb', key?: string): string {
    return this.keep.url(hash) ?? super.fileUrl(hash, size, key)
  }

  /**
   * Keeps the command and sends it. What the town answers at once is answered; a refusal is thrown, for the form that is
   * still open to show it. Without an answer it stays in the outbox, and the outcome has no `seq`.
   */
  override async send(command: Command): Promise<Outcome> {
    const one = await this.outbox.put(command)
    const patience = navigator.onLine ? PATIENCE_MS : 300
    const answer = this.outbox.find(one.id)?.settled ? this.outbox.find(one.id) : await this.outbox.answered(one.id, patience)
    if (!answer?.outcome) return { outcome: 'done', id: command.id, record: command.record }
    if (answer.state === 'refused' && answer.problem) {
      await this.outbox.drop(one.id, false)
      throw new Trouble(answer.problem, 'refused')
    }
    return answer.outcome
  }

  override async post(commands: Command[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const command of commands) {
      try {
        outcomes.push(await this.send(command))
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        outcomes.push({ outcome: 'refused', id: command.id, record: command.record, problem: error.problem })
      }
    }
    return outcomes
  }
}

/** Whether an outcome is the outbox's promise, not yet the town's answer. */
export function stillKept(outcome: Outcome): boolean {
  return outcome.outcome === 'done' && outcome.seq == null
}
