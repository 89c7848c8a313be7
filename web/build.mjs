// Builds the surfaces one after the other: `node build.mjs`, or some of them: `node build.mjs desk wall`.
import { build } from 'vite'
import { fileURLToPath } from 'node:url'

const all = ['home', 'public', 'field', 'desk', 'wall']
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`there is no surface ${unknown.join(', ')}: ${all.join(', ')}`)
  process.exit(2)
}
for (const name of asked.length > 0 ? asked : all) {
  await build({ configFile: fileURLToPath(new URL(`./${name}/vite.config.ts`, import.meta.url)), logLevel: 'warn' })
  console.log(`built ${name}`)
}
