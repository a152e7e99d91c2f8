import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findAz, signInAz } from './az.ts'
import type { BenchContext, Benchmark, Figure } from './benchmark.ts'
import { certificateFiles } from './certificateFiles.ts'
import { interleaved, median } from './interleaved.ts'
import { type Arrivals, type StampingCloud, startStampingCloud } from './stampingCloud.ts'

/**
 * From the start of a command line's process to its first request for a resource. Ours begins with nothing: it asks the
 * cloud to describe itself and signs in on the way. az has signed in before and begins with its token.
 */
export const firstRequest: Benchmark = {
  name: 'first-request',
  summary: 'from the start of the command line to its first request',
  async run(context) {
    const certificates = certificateFiles(join(context.folder, 'tls'))
    const cloud = await startStampingCloud(certificates)
    try {
      const az = await findAz(context)
      const environment =
        az.kind === 'there' ? await signInAz({ cloud, caFile: certificates.caFile, folder: context.folder }) : {}
      const ours = ourCommand(context, cloud, certificates.caFile)
      const resource = `${cloud.url}/subscriptions/${cloud.tenant}/resourceGroups/bench?api-version=2021-04-01`
      const theirs = {
        ...{
          command: 'az',
          args: ['rest', '--method', 'get', '--url', resource, '--resource', cloud.url],
          environment,
        },
      }
      const rival = az.kind === 'there' ? `${az.version}, az rest` : `az (not measured: ${az.reason})`
      const figures: Figure[] = []
      for (const temperature of ['cold', 'warm'] as const) {
        if (temperature === 'cold' && !canDropCaches()) {
          context.say('The cold start is not measured: only root on Linux can empty the page cache.')
          continue
        }
        figures.push(
          ...(await measured({
            ...{ context, cloud, ours, rival, temperature },
            theirs: az.kind === 'there' ? theirs : undefined,
          })),
        )
      }
      return figures
    } finally {
      cloud.close()
    }
  },
}

interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

async function measured(options: {
  readonly context: BenchContext
  readonly cloud: StampingCloud
  readonly ours: Command
  readonly theirs: Command | undefined
  readonly rival: string
  readonly temperature: 'cold' | 'warm'
}): Promise<readonly Figure[]> {
  const { context, cloud, ours, theirs, rival, temperature } = options
  const before = temperature === 'cold' ? dropCaches : () => {}
  const title = `First request, ${temperature}`
  const tokens: number[] = []
  const resourceAfter = async (command: Command): Promise<number> => {
    before()
    const { token, resource = Number.NaN } = await arrivalsOf(command, cloud)
    if (token !== undefined && command === ours) tokens.push(token)
    return resource
  }
  const once = () => resourceAfter(ours)
  if (temperature === 'warm') await once()
  tokens.length = 0
  const medians = await interleaved<string>({
    contenders: theirs ? { ours: once, az: () => resourceAfter(theirs) } : { ours: once },
    ...{ runs: context.runs, unit: 'ms', title, say: context.say },
  })
  const az = medians.get('az')
  const common = { unit: 'ms', rival, theirs: az, better: 'less' } as const
  return [
    {
      ...common,
      name: `start to first token request, ${temperature}`,
      ours: median(tokens),
    },
    {
      ...common,
      name: `start to first resource request, ${temperature}`,
      ours: medians.get('ours') ?? Number.NaN,
      // Warm starts are shown beside, without a goal.
      target: temperature === 'cold' ? 2.5 : undefined,
    },
  ]
}

function ourCommand({ product, folder }: BenchContext, cloud: StampingCloud, caFile: string): Command {
  const model = join(folder, 'small-model.bin')
  writeFileSync(model, 'a model')
  const address = ['--subscription-id', cloud.tenant, '--resource-group', 'bench', '--workspace', 'bench']
  return {
    command: process.execPath,
    args: [product, 'register', ...address, '--cloud', cloud.url, '--name', 'bench', '--path', model, '--dry-run'],
    environment: {
      ...{ AZURE_TENANT_ID: cloud.tenant, AZURE_CLIENT_ID: cloud.tenant, AZURE_CLIENT_SECRET: 'secret' },
      NODE_EXTRA_CA_CERTS: caFile,
    },
  }
}

/** Milliseconds after the start of the process; it is ended when it has asked for a resource. */
async function arrivalsOf({ command, args, environment }: Command, cloud: StampingCloud): Promise<Arrivals> {
  cloud.forget()
  const asked = cloud.resourceAsked()
  const started = performance.now()
  const child = spawn(command, [...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk
    })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  await Promise.race([asked, ended])
  const { token, resource } = cloud.arrivals
  child.kill('SIGKILL')
  await ended
  if (resource === undefined) throw new Error(`${command} ended before it asked for a resource: ${said.slice(-2000)}`)
  return { token: token === undefined ? undefined : token - started, resource: resource - started }
}

function canDropCaches(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0
}

/** Programs and their files then come from the disk again, as on an agent that was just started. */
function dropCaches(): void {
  spawnSync('sync')
  writeFileSync('/proc/sys/vm/drop_caches', '3')
}
