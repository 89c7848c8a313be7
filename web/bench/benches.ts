// Which benches there are, and what the command line says of them.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'
import { type Bench, type Options, Report } from './harness.ts'

const BENCHES = ['desk', 'wall', 'phones', 'editor']

const USAGE = `npm run bench [${BENCHES.join('|')}] -- [--format human|json] [--runs N] [--only WORD] [--speed N] [--hours N]

  --runs N     how often each figure is measured (3)
  --only WORD  only measures whose name holds the word
  --speed N    wall: how much faster than life its working day runs (60)
  --hours N    wall: how many hours that day has (8)`

/** Runs what the command line asks for; answers the exit code. No figure fails a bench: a busy machine is no fault. */
export async function main(words: string[]): Promise<number> {
  const options: Options = { format: 'human', runs: 3, speed: 60, hours: 8, only: '' }
  const wanted: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (BENCHES.includes(word)) wanted.push(word)
    else if (!read(options, word, words[++at])) {
      console.error(USAGE)
      return 2
    }
  }
  const report = new Report(options)
  report.begin()
  for (const name of wanted.length > 0 ? wanted : BENCHES) await (await load(name))(report)
  report.end()
  return 0
}

async function load(name: string): Promise<Bench> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  const { module } = await runnerImport<Record<string, Bench>>(file, { configFile: false, logLevel: 'warn' })
  const bench = module[`${name}Bench`]
  if (!bench) throw new Error(`${name}.ts exports no ${name}Bench`)
  return bench
}

function read(options: Options, name: string, value: string | undefined): boolean {
  if (value === undefined) return false
  if (name === '--format' && (value === 'human' || value === 'json')) options.format = value
  else if (name === '--only') options.only = value
  else if ((name === '--runs' || name === '--speed' || name === '--hours') && Number(value) > 0) options[name.slice(2) as 'runs' | 'speed' | 'hours'] = Number(value)
  else return false
  return true
}
