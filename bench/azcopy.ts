import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext } from './benchmark.ts'
import { runProgram } from './program.ts'

export type Rival =
  | { readonly kind: 'there'; readonly command: string; readonly version: string }
  | { readonly kind: 'missing'; readonly reason: string }

const packageName = '@azure-tools/azcopy-linux'

/** Finds azcopy: on the PATH, else installs Microsoft's npm package into the benchmarks' own folder. */
export async function findAzcopy(context: BenchContext): Promise<Rival> {
  const onPath = await versionOf('azcopy')
  if (onPath) return { kind: 'there', command: 'azcopy', version: onPath }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { kind: 'missing', reason: `azcopy is not on the PATH, and ${packageName} is for Linux on x64` }
  const folder = join(context.cache, 'azcopy')
  const command = join(folder, 'node_modules', packageName, 'dist', 'bin', 'azcopy_linux_amd64')
  try {
    if (!existsSync(command)) {
      context.say(`Installing ${packageName} into ${folder} …`)
      const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
      await runProgram({ command: 'npm', args: ['install', '--prefix', folder, ...quiet, packageName] })
    }
    chmodSync(command, 0o755)
    const version = (await versionOf(command)) ?? (await versionWithLibrary(command, context))
    return version
      ? { kind: 'there', command, version }
      : { kind: 'missing', reason: 'azcopy does not start; it needs the library libsecret-1.so.0' }
  } catch (error) {
    return { kind: 'missing', reason: `azcopy could not be installed: ${firstLine(error)}` }
  }
}

/** Uploads a file with azcopy's own defaults and answers with the seconds of its process. */
export async function azcopyUpload(options: {
  readonly command: string
  readonly path: string
  /** With its signature. */
  readonly target: string
  readonly folder: string
  readonly caFile?: string | undefined
}): Promise<number> {
  const { command, path, target, folder, caFile } = options
  const { seconds } = await runProgram({
    command,
    args: ['copy', path, target, '--from-to=LocalBlob', '--overwrite=true', '--skip-version-check'],
    environment: {
      AZCOPY_LOG_LOCATION: folder,
      AZCOPY_JOB_PLAN_LOCATION: folder,
      AZCOPY_DISABLE_SYSLOG: 'true',
      ...(caFile ? { SSL_CERT_FILE: caFile } : {}),
    },
  })
  return seconds
}

async function versionOf(command: string): Promise<string | undefined> {
  const ended = await runProgram({ command, args: ['--version'] }).catch(() => undefined)
  return ended?.stdout.trim()
}

// Debian's minimal images lack the library; root can mend that.
async function versionWithLibrary(command: string, { say }: BenchContext): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined
  say('Installing libsecret-1-0, which azcopy needs …')
  const environment = { DEBIAN_FRONTEND: 'noninteractive' }
  await runProgram({ command: 'apt-get', args: ['install', '-y', '-q', 'libsecret-1-0'], environment })
  return versionOf(command)
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}
