import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findAz } from './az.ts'
import { type BenchContext, type Benchmark, type Figure, mebibyte } from './benchmark.ts'
import { certificateFiles } from './certificateFiles.ts'
import { median } from './interleaved.ts'
import { type StampingCloud, startStampingCloud } from './stampingCloud.ts'

/** What we hold the tasks of the extension to. */
const limits = { firstRequestMilliseconds: 350, payload: 6e6, atOnce: 2.2e6, vsix: 25e6 } as const
const starts = 20
const connection = '3c2b1a00-0000-4000-8000-00000000000f'

/** The tasks of the packaged extension: how large they are, and how soon after its start one asks for its first token. */
export const taskStart: Benchmark = {
  name: 'task-start',
  summary: 'size of the Azure DevOps extension, and from the start of a task to its first request',
  async run(context) {
    const out = join(context.folder, 'azure')
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/azure/package.mjs', '--out', out], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`The extension was not packaged: ${stderr}`)
    const tasks = join(out, 'production', 'tasks')
    const sizes = readdirSync(tasks).map((name) => sizesOf(join(tasks, name)))
    const certificates = certificateFiles(join(context.folder, 'tls'))
    const cloud = await startStampingCloud(certificates)
    try {
      const times: number[] = []
      for (let run = -1; run < starts; run += 1) {
        const time = await firstTokenOf(
          join(tasks, 'AzureMLRegister', 'index.mjs'),
          context,
          cloud,
          certificates.caFile,
        )
        // The first one only warms the machine.
        if (run >= 0) times.push(time)
      }
      return [
        {
          ...limit('ms', limits.firstRequestMilliseconds),
          name: `task: start to first token request, p50 of ${starts}`,
          ours: median(times),
        },
        ...(await besideAz(context, median(times))),
        {
          ...limit('MiB', limits.payload / mebibyte),
          name: 'task: largest payload',
          ours: Math.max(...sizes.map(({ all }) => all)) / mebibyte,
        },
        {
          ...limit('MiB', limits.atOnce / mebibyte),
          name: 'task: most loaded at once',
          ours: Math.max(...sizes.map(({ atOnce }) => atOnce)) / mebibyte,
        },
        {
          ...limit('MiB', limits.vsix / mebibyte),
          name: 'extension: VSIX',
          ours: statSync(stdout.trim()).size / mebibyte,
        },
      ]
    } finally {
      cloud.close()
    }
  },
}

function limit(unit: Figure['unit'], theirs: number) {
  return { unit, theirs, rival: 'our limit', better: 'less', target: 1 } as const
}

/** What a task made of az would have to wait for before it could ask for anything. */
async function besideAz(context: BenchContext, ours: number): Promise<readonly Figure[]> {
  const az = await findAz(context)
  const times: number[] = []
  for (let run = 0; az.kind === 'there' && run < context.runs; run += 1) {
    const started = performance.now()
    spawnSync('az', ['version'], { stdio: 'ignore' })
    times.push(performance.now() - started)
  }
  const rival = az.kind === 'there' ? `${az.version}, az version` : `az (not measured: ${az.reason})`
  const theirs = times.length > 0 ? median(times) : undefined
  return [{ name: 'task: start to first token request', ours, unit: 'ms', rival, theirs, better: 'less' }]
}

/** All bytes of a task's folder, and those of its programs that are loaded before it does anything. */
function sizesOf(folder: string): { readonly all: number; readonly atOnce: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const all = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
  const loaded = new Set<string>()
  const visit = (file: string): void => {
    if (loaded.has(file)) return
    loaded.add(file)
    const text = readFileSync(file, 'utf8')
    for (const [, other = ''] of text.matchAll(/^(?:import|export)[^'"]*?["'](\.{1,2}\/[^'"]+)["'];?$/gm))
      visit(resolve(file, '..', other))
  }
  visit(resolve(folder, 'index.mjs'))
  for (const { name, parentPath } of files) if (/^host-\w+\.mjs$/.test(name)) visit(resolve(parentPath, name))
  return { all, atOnce: [...loaded].reduce((sum, file) => sum + statSync(file).size, 0) }
}

/** Milliseconds from the start of the process, with what an agent hands it, to its request for a token. */
async function firstTokenOf(
  program: string,
  { folder }: BenchContext,
  cloud: StampingCloud,
  caFile: string,
): Promise<number> {
  const job = join(folder, 'job')
  mkdirSync(job, { recursive: true })
  writeFileSync(join(job, 'model.bin'), 'a model')
  cloud.forget()
  const asked = cloud.resourceAsked()
  const started = performance.now()
  const child = spawn(process.execPath, [program], {
    cwd: job,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: caFile,
      AGENT_TEMPDIRECTORY: job,
      INPUT_CONNECTION: connection,
      INPUT_NAME: 'bench',
      INPUT_PATH: 'model.bin',
      INPUT_DRYRUN: 'true',
      [`ENDPOINT_URL_${connection}`]: `${cloud.url}/`,
      [`ENDPOINT_AUTH_SCHEME_${connection}`]: 'ServicePrincipal',
      [`ENDPOINT_AUTH_PARAMETER_${connection}_TENANTID`]: cloud.tenant,
      [`ENDPOINT_AUTH_PARAMETER_${connection}_SERVICEPRINCIPALID`]: cloud.tenant,
      [`ENDPOINT_AUTH_PARAMETER_${connection}_SERVICEPRINCIPALKEY`]: 'secret',
      [`ENDPOINT_DATA_${connection}_SUBSCRIPTIONID`]: cloud.tenant,
      [`ENDPOINT_DATA_${connection}_SCOPELEVEL`]: 'AzureMLWorkspace',
      [`ENDPOINT_DATA_${connection}_RESOURCEGROUPNAME`]: 'bench',
      [`ENDPOINT_DATA_${connection}_MLWORKSPACENAME`]: 'bench',
    },
  })
  const ended = new Promise<void>((settle) => child.once('close', () => settle()))
  await Promise.race([asked, ended])
  const { token } = cloud.arrivals
  child.kill('SIGKILL')
  await ended
  if (token === undefined) throw new Error('The task ended before it asked for a token.')
  return token - started
}
