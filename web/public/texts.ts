import { readAhead } from '@ui/texts'

export const texts = readAhead('public', { zh: () => import('@texts/zh/public.json'), en: () => import('@texts/en/public.json') })
