// What a phone loads before it shows the first view, in bytes of gzip: `node build.mjs field && node field/weigh.mjs`.
// Counted are the scripts and styles that index.html names, all they import statically, and the texts of one language.
import { gzipSync } from 'node:zlib'
import { readFileSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const LIMIT = 200_000
const dist = fileURLToPath(new URL('../dist/field/', import.meta.url))
const assets = readdirSync(`${dist}assets`)
const page = readFileSync(`${dist}index.html`, 'utf8')
const loaded = new Set()

function load(name) {
  if (loaded.has(name) || !assets.includes(name)) return
  loaded.add(name)
  if (!name.endsWith('.js')) return
  const code = readFileSync(`${dist}assets/${name}`, 'utf8')
  for (const [, path] of code.matchAll(/(?:^|[;}\s])(?:import|export)(?:[\w${},*\s]+from)?\s*["'](\.\/[^"']+)["']/g)) load(basename(path))
}

for (const [, path] of page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)) load(basename(path))
for (const name of assets.filter((one) => /^zh-.*\.js$/.test(one))) load(name)

let sum = 0
for (const name of loaded) {
  const size = gzipSync(readFileSync(`${dist}assets/${name}`), { level: 9 }).length
  sum += size
  console.log(String(size).padStart(8), name)
}
console.log(String(sum).padStart(8), `of ${LIMIT}`)
if (sum > LIMIT) process.exitCode = 1
