import { surface } from '../vite.shared.ts'

export default surface('home')
