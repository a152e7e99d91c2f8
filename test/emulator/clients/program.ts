import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Emulator } from '../../../emulator/index.ts'

/** The environment in which a client's own program finds the emulator, and nothing of this machine's own Azure. */
export function clientEnvironment(
  emulator: Emulator,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { subscriptionId, resourceGroup, workspace, tenantId, clientId, clientSecret, caFile } = emulator
  const { port } = new URL(emulator.url)
  return {
    PATH: process.env.PATH ?? '',
    HOME: join(emulator.envFile, '..'),
    TMPDIR: join(emulator.envFile, '..'),
    EMULATOR_URL: `https://localhost:${port}`,
    SUBSCRIPTION: subscriptionId,
    RESOURCE_GROUP: resourceGroup,
    WORKSPACE: workspace,
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
    NODE_EXTRA_CA_CERTS: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    // An address in the outside world that a client still asks leads nowhere, fast and on every machine alike.
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: 'localhost,127.0.0.1,.localhost',
    ...more,
  }
}

/** Runs a program to its end and answers what it printed. Throws with what it said when it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string },
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { ...options, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? `\n${String(error.stderr)}` : ''
    throw new Error(`${command} ${args.join(' ')} failed.${said}`, { cause: error })
  }
}

/** Runs an ES module given as text by this Node.js, where the project's packages are found; answers its JSON output. */
export async function runModule(script: string, options: { readonly env: Record<string, string> }): Promise<unknown> {
  return JSON.parse(await runProgram(process.execPath, ['--input-type=module', '-e', script], options))
}
