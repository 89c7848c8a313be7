// `npm run bench [desk|wall|phones|editor] -- …`: runs the benches, written in TypeScript, in this Node.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(fileURLToPath(new URL('./benches.ts', import.meta.url)), { configFile: false, logLevel: 'warn' })
process.exitCode = await module.main(process.argv.slice(2))
