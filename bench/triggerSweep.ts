import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { WorkspaceState } from '../emulator/state/workspaceState.ts'
import { type Benchmark, type Figure, mebibyte } from './benchmark.ts'
import { runProgram, serveProgram } from './program.ts'

const models = 1000
const versionsEach = 100
const goals = { unknown: 1100, known: 50, mebibytes: 200 } as const

const ready = z.looseObject({
  ...{ url: z.string(), subscriptionId: z.string(), resourceGroup: z.string() },
  ...{ workspace: z.string(), envFile: z.string() },
})
const swept = z.object({ requests: z.number(), versions: z.number(), milliseconds: z.number(), peakBytes: z.number() })

/** What a sweep asks of the registry when it knows nothing, when nothing is new, and when tags are read again. */
export const triggerSweep: Benchmark = {
  name: 'trigger-sweep',
  summary: `sweeps over ${models * versionsEach} versions of ${models} models of an embedded workspace`,
  async run({ product, programs, folder, say }) {
    const location = join(folder, 'many-models')
    mkdirSync(location, { recursive: true })
    fill(location)
    const emulator = await serveProgram({
      command: process.execPath,
      args: [product, 'emulator', '--json', '--no-blobs', '--runtime', 'process', '--location', location],
      ready: /^\{/,
    })
    try {
      const said = ready.parse(JSON.parse(emulator.line))
      const environment = await variablesOf(said.envFile)
      const sweep = async (ledger: string, rereadEvery: string) => {
        const rules = join(folder, `${ledger}.yml`)
        writeFileSync(rules, rulesFor(said, rereadEvery))
        const args = [join(programs, 'sweepProgram.js'), rules, join(folder, ledger)]
        const { stdout } = await runProgram({ command: process.execPath, args, environment })
        const figures = swept.parse(JSON.parse(stdout.trim()))
        const { requests, versions, milliseconds } = figures
        say(`  ${requests} requests, ${versions} versions read, ${Math.round(milliseconds)} ms`)
        return figures
      }
      const first = await sweep('ledger', '1d')
      const second = await sweep('ledger', '1d')
      const again = await sweep('ledger', '0s')
      const peak = Math.max(first.peakBytes, second.peakBytes, again.peakBytes) / mebibyte
      return [
        figure('sweep, nothing known', first.requests, 'requests', goals.unknown),
        figure('sweep, no version new', second.requests, 'requests', goals.known),
        figure('sweep that reads tags of older versions again', again.requests, 'requests', undefined),
        figure('sweep, peak of memory', peak, 'MiB', goals.mebibytes),
      ]
    } finally {
      await emulator.stop()
    }
  },
}

function figure(name: string, ours: number, unit: Figure['unit'], theirs: number | undefined): Figure {
  return { name, ours, unit, rival: theirs === undefined ? 'no goal' : 'the goal', theirs, better: 'less', target: 1 }
}

function fill(location: string): void {
  const state = new WorkspaceState(join(location, 'state.jsonl'))
  const { containers, versions } = state.assets.models
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'
  for (let model = 0; model < models; model += 1) {
    const name = `model-${model}`
    const numbers = { latestVersion: String(versionsEach), highestVersion: versionsEach }
    containers.set(name, { ...state.created(), name, properties: {}, ...numbers })
    for (let version = 1; version <= versionsEach; version += 1)
      versions.set(`${name}/${version}`, {
        ...{ ...state.created(), name, version: String(version) },
        properties: { modelUri, modelType: 'custom_model', tags: { stage: 'draft', rmse: '57.2' } },
      })
  }
  state.close()
}

/** No version is ready, so that all of them stay to be looked at. */
function rulesFor(said: z.output<typeof ready>, rereadEvery: string): string {
  const { subscriptionId, resourceGroup, workspace, url } = said
  return JSON.stringify({
    workspaces: [{ subscriptionId, resourceGroup, workspace, cloud: url }],
    rules: [{ name: 'ready', model: '*', tags: { stage: 'ready' }, destinations: ['ship'] }],
    destinations: { ship: { kind: 'webhook', url: 'https://example.com/', secret: { fromEnvironment: 'NONE' } } },
    rereadEvery,
  })
}

async function variablesOf(envFile: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(envFile, 'utf8')
  return Object.fromEntries(
    [...text.matchAll(/^(?:export )?(\w+)='?(.*?)'?$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}
