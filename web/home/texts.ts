import { readAhead } from '@ui/texts'

export const texts = readAhead('home', { zh: () => import('@texts/zh/home.json'), en: () => import('@texts/en/home.json') })
