import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Rival } from './azcopy.ts'
import type { BenchContext } from './benchmark.ts'
import { runProgram } from './program.ts'
import type { StampingCloud } from './stampingCloud.ts'

/** Finds the az command line; with `--install` and as root, installs Debian's package. */
export async function findAz({ install, say }: BenchContext): Promise<Rival> {
  const found = await versionOfAz()
  if (found) return { kind: 'there', command: 'az', version: found }
  if (!install) return { kind: 'missing', reason: 'it is not on the PATH; --install installs it' }
  if (process.getuid?.() !== 0) return { kind: 'missing', reason: 'only root can install it' }
  say('Installing azure-cli …')
  try {
    const environment = { DEBIAN_FRONTEND: 'noninteractive' }
    await runProgram({ command: 'apt-get', args: ['install', '-y', '-q', 'azure-cli'], environment })
  } catch {
    return { kind: 'missing', reason: 'apt-get install azure-cli failed' }
  }
  const installed = await versionOfAz()
  return installed
    ? { kind: 'there', command: 'az', version: installed }
    : { kind: 'missing', reason: 'it does not start' }
}

/** Signs az in to the cloud, in a folder of its own, and answers with the environment it then needs. */
export async function signInAz(options: {
  readonly cloud: StampingCloud
  readonly caFile: string
  readonly folder: string
}): Promise<Readonly<Record<string, string>>> {
  const { cloud, caFile, folder } = options
  const configuration = join(folder, 'az')
  mkdirSync(configuration, { recursive: true })
  const environment = {
    ...{ AZURE_CONFIG_DIR: configuration, REQUESTS_CA_BUNDLE: caFile },
    ...{ AZURE_CORE_COLLECT_TELEMETRY: 'false', AZURE_CORE_NO_COLOR: 'true', AZURE_CORE_SURVEY_MESSAGE: 'false' },
  }
  const az = (...args: string[]) => runProgram({ command: 'az', args, environment })
  const { url, tenant } = cloud
  // A client of that age signs in to other clouds than Azure's own only the way of AD FS.
  await az(
    ...['cloud', 'register', '--name', 'bench', '--endpoint-resource-manager', url],
    ...['--endpoint-active-directory', `${url}/adfs`, '--endpoint-active-directory-resource-id', url],
    ...['--endpoint-active-directory-graph-resource-id', url, '--suffix-storage-endpoint', 'localhost'],
  )
  await az('cloud', 'set', '--name', 'bench')
  await az('login', '--service-principal', '--username', tenant, '--password', 'secret', '--tenant', tenant)
  return environment
}

async function versionOfAz(): Promise<string | undefined> {
  const ended = await runProgram({ command: 'az', args: ['version'] }).catch(() => undefined)
  const version = /"azure-cli": "([^"]+)"/.exec(ended?.stdout ?? '')?.[1]
  return version && `az ${version}`
}
