import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { findAz } from './az.ts'
import type { BenchContext, Benchmark, Figure } from './benchmark.ts'
import { certificateFiles } from './certificateFiles.ts'
import { median } from './interleaved.ts'
import { runProgram } from './program.ts'
import { startStampingCloud } from './stampingCloud.ts'

/** What we hold the actions to. */
const limits = { firstRequestMilliseconds: 250, unchangedMilliseconds: 600, unchangedRequests: 3 } as const
const starts = 20
const diabetes = (file: string) => resolve('examples/diabetes', file)

/** The built actions: how soon one asks for its first token, and what a deployment costs that has nothing to do. */
export const actionStart: Benchmark = {
  name: 'action-start',
  summary: 'from the start of an action to its first request, and a deployment of what is deployed',
  async run(context) {
    const first = await firstRequests(context)
    const unchanged = await unchangedDeployments(context)
    const rivals = [await importOfAzureAiMl(), await startOfAz(context)]
    return [
      figure('action: start to first token request, p50 of 20', 'ms', first, limits.firstRequestMilliseconds),
      figure('action: deploy of what is deployed', 'ms', unchanged.milliseconds, limits.unchangedMilliseconds),
      figure('action: its requests, tokens excluded', 'requests', unchanged.requests, limits.unchangedRequests),
      ...rivals.flatMap(({ rival, theirs }): readonly Figure[] => [
        { name: 'action: start to first token request', ours: first, unit: 'ms', better: 'less', rival, theirs },
        {
          ...{ name: 'action: the whole deploy of what is deployed', ours: unchanged.milliseconds, unit: 'ms' },
          ...{ better: 'less', rival, theirs },
        },
      ]),
    ]
  },
}

function figure(name: string, unit: Figure['unit'], ours: number, theirs: number): Figure {
  return { name, ours, unit, theirs, rival: 'our limit', better: 'less', target: 1 }
}

const actionOf = ({ product }: BenchContext, name: string) => join(dirname(product), 'actions', `${name}.mjs`)

async function firstRequests(context: BenchContext): Promise<number> {
  const certificates = certificateFiles(join(context.folder, 'action-tls'))
  const cloud = await startStampingCloud(certificates)
  const model = join(context.folder, 'model.bin')
  writeFileSync(model, 'a model')
  try {
    const times: number[] = []
    for (let run = -1; run < starts; run += 1) {
      cloud.forget()
      const asked = cloud.resourceAsked()
      const started = performance.now()
      const child = spawn(process.execPath, [actionOf(context, 'register')], {
        stdio: 'ignore',
        env: {
          ...{ PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificates.caFile, RUNNER_TEMP: context.folder },
          ...inputs({
            ...{ cloud: cloud.url, 'subscription-id': cloud.tenant, 'resource-group': 'bench', workspace: 'bench' },
            ...{ 'tenant-id': cloud.tenant, 'client-id': cloud.tenant, 'client-secret': 'secret' },
            ...{ name: 'bench', path: model, 'dry-run': 'true' },
          }),
        },
      })
      const ended = once(child, 'close')
      await Promise.race([asked, ended])
      const { token } = cloud.arrivals
      child.kill('SIGKILL')
      await ended
      if (token === undefined) throw new Error('The action ended before it asked for a token.')
      // The first one only warms the machine.
      if (run >= 0) times.push(token - started)
    }
    return median(times)
  } finally {
    cloud.close()
  }
}

/** The whole step, process and sign-in included, against the embedded workspace. */
async function unchangedDeployments(context: BenchContext) {
  const emulator = spawn(process.execPath, [context.product, 'emulator', '--json', '--runtime', 'process'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const [line] = await once(createInterface({ input: emulator.stdout }), 'line')
    const { envFile, url } = z.object({ envFile: z.string(), url: z.string() }).parse(JSON.parse(String(line)))
    const variables = new Map(
      [...readFileSync(envFile, 'utf8').matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    )
    const summary = join(context.folder, 'summary.md')
    const step = async (action: string, given: Readonly<Record<string, string>>, more = {}) => {
      const started = performance.now()
      const child = spawn(process.execPath, [actionOf(context, action)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...{ PATH: process.env.PATH, RUNNER_TEMP: context.folder, GITHUB_STEP_SUMMARY: summary },
          ...Object.fromEntries([...variables].filter(([name]) => !name.startsWith('AZURE_'))),
          ...inputs({
            'tenant-id': variables.get('AZURE_TENANT_ID') ?? '',
            'client-id': variables.get('AZURE_CLIENT_ID') ?? '',
            'client-secret': variables.get('AZURE_CLIENT_SECRET') ?? '',
            ...given,
          }),
          ...more,
        },
      })
      let printed = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text
      })
      const [code] = await once(child, 'close')
      if (code !== 0) throw new Error(`The action ${action} ended with ${code}: ${printed}`)
      return { milliseconds: performance.now() - started, printed }
    }
    writeFileSync(summary, '')
    await step('register', { name: 'diabetes', path: diabetes('models/v1') })
    const deploy = () =>
      step('deploy', {
        ...{ service: 'bench', model: 'diabetes:1', 'bake-seconds': '0' },
        ...{
          'inference-config': diabetes('inferenceconfig.json'),
          'deployment-config': diabetes('deploymentconfig.json'),
        },
      })
    await deploy()
    const times: number[] = []
    let requests = 0
    for (let run = 0; run < starts; run += 1) {
      const { milliseconds, printed } = await deploy()
      times.push(milliseconds)
      requests = [...printed.matchAll(/^::debug::(GET|PUT|POST|PATCH|DELETE|HEAD) \/subscriptions\//gm)].length
    }
    if (!url.startsWith('https:')) throw new Error('The embedded workspace does not answer over https.')
    return { milliseconds: median(times), requests }
  } finally {
    emulator.kill()
  }
}

function inputs(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
}

interface RivalStart {
  readonly rival: string
  /** Milliseconds; undefined when it could not be measured. */
  readonly theirs: number | undefined
}

/** Until Python has loaded Microsoft's client and can begin; what it asks comes on top. */
async function importOfAzureAiMl(): Promise<RivalStart> {
  const own = '.venv/bin/python'
  const python = process.env.AZUREML_CD_PYTHON ?? (existsSync(own) ? own : 'python3')
  const version = "import importlib.metadata; print(importlib.metadata.version('azure-ai-ml'))"
  const found = await runProgram({ command: python, args: ['-c', version] }).catch(() => undefined)
  if (!found) return { rival: `azure-ai-ml (not measured: ${python} has none)`, theirs: undefined }
  const theirs = await startOf({ command: python, args: ['-c', 'from azure.ai.ml import MLClient'] })
  return { rival: `azure-ai-ml ${found.stdout.trim()}, import alone`, theirs }
}

/** Until az is ready for a command that asks nobody. Its extension for Azure ML comes on top. */
async function startOfAz(context: BenchContext): Promise<RivalStart> {
  const az = await findAz(context)
  if (az.kind === 'missing') return { rival: `az (not measured: ${az.reason})`, theirs: undefined }
  // `az version` looks for newer versions; this prints what is written in its own code.
  const args = ['cloud', 'show', '--name', 'AzureCloud', '--output', 'none']
  return { rival: `${az.version}, az cloud show`, theirs: await startOf({ command: az.command, args }) }
}

/** The median of five starts, after one that warms the machine. */
async function startOf(program: { readonly command: string; readonly args: readonly string[] }): Promise<number> {
  const times: number[] = []
  for (let run = -1; run < 5; run += 1) {
    const { seconds } = await runProgram(program)
    if (run >= 0) times.push(seconds * 1000)
  }
  return median(times)
}
