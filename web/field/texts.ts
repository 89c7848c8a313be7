import { readAhead } from '@ui/texts'

export const texts = readAhead('field', { zh: () => import('@texts/zh/field.json'), en: () => import('@texts/en/field.json') })
