import type { Town } from '@ui/town'

/** What an action is called: the pack's title, or our own word for what every kind has. */
export function actionName(town: Town, kind: string, action: string): string {
  const words = town.book.value.actionWords(kind, action, town.lang.value)
  return 'key' in words ? town.tell(words) : town.say(words)
}
