import { readAhead } from '@ui/texts'

export const texts = readAhead({ zh: () => import('./zh'), en: () => import('./en') })
