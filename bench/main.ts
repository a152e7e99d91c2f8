// Measures the product against its rivals on this machine:
//
//   npm run bench -- [--only NAME] [--size MIB] [--runs N] [--full] [--install] [--json]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { actionStart } from './actionStart.ts'
import { type BenchContext, type Benchmark, type Figure, mebibyte, ratioOf } from './benchmark.ts'
import { digestFile } from './digestFile.ts'
import { emulatorStart } from './emulatorStart.ts'
import { firstRequest } from './firstRequest.ts'
import { manyVersions } from './manyVersions.ts'
import { peakMemoryOfUpload } from './peakMemoryOfUpload.ts'
import { registrationToStart } from './registrationToStart.ts'
import { relayEvents } from './relayEvents.ts'
import { scoringProxy } from './scoringProxy.ts'
import { table } from './table.ts'
import { taskStart } from './taskStart.ts'
import { triggerSweep } from './triggerSweep.ts'
import { uploadToAzurite } from './uploadToAzurite.ts'
import { uploadToSink } from './uploadToSink.ts'

const benchmarks: readonly Benchmark[] = [
  uploadToAzurite,
  uploadToSink,
  digestFile,
  peakMemoryOfUpload,
  firstRequest,
  actionStart,
  taskStart,
  emulatorStart,
  scoringProxy,
  manyVersions,
  relayEvents,
  registrationToStart,
  triggerSweep,
]

const help = `Usage: npm run bench -- [OPTIONS]

  --only NAME     One of: ${benchmarks.map(({ name }) => name).join(', ')}. May be repeated.
  --size MIB      Size of the file that is uploaded and digested. Default: 1024.
  --runs N        Runs of each, of which the median counts. Default: 5.
  --full          Send the whole 390 GiB file for the peak of memory, not only its beginning.
  --install       Install the az command line (Debian's package, as root) when it is not there.
  --json          Print one array: name, ours, unit, rival, theirs, ratio; a ratio above 1 is ours being better.
`

function wholeNumber(given: string, option: string): number {
  const value = Number(given)
  if (!Number.isInteger(value) || value < 1) fail(`--${option} must be a whole number above 0 (given: "${given}").`)
  return value
}

function fail(message: string): never {
  console.error(`Error: ${message}\n\n${help}`)
  process.exit(2)
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        size: { type: 'string', default: '1024' },
        runs: { type: 'string', default: '5' },
        full: { type: 'boolean', default: false },
        install: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const { only, size, runs, full, install, json, help: helpWanted } = options()
if (helpWanted) {
  console.log(help)
  process.exit(0)
}
for (const name of only)
  if (!benchmarks.some((benchmark) => benchmark.name === name)) fail(`There is no benchmark "${name}".`)

const programs = dirname(fileURLToPath(import.meta.url))
const cache = join(tmpdir(), 'azureml-cd-bench-cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(tmpdir(), 'azureml-cd-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const context: BenchContext = {
  ...{ programs, product: join(programs, '..', 'azureml-cd.js'), folder, cache, full, install },
  size: wholeNumber(size, 'size') * mebibyte,
  runs: wholeNumber(runs, 'runs'),
  say: (line) => console.error(line),
}

const figures: Figure[] = []
for (const benchmark of benchmarks) {
  if (only.length > 0 && !only.includes(benchmark.name)) continue
  console.error(`\n${benchmark.name}: ${benchmark.summary}`)
  figures.push(...(await benchmark.run(context)))
}

if (json) {
  const rounded = figures.map((figure) => ({
    ...{ name: figure.name, ours: round(figure.ours), unit: figure.unit, rival: figure.rival },
    ...{ theirs: round(figure.theirs), ratio: round(ratioOf(figure)) },
  }))
  console.log(JSON.stringify(rounded))
} else console.log(`\n${table(figures)}`)

function round(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(4))
}
