import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

const mark = 'AZUREML_CD_TRUSTS_AGENT'

/**
 * The file with all certificate authorities to trust, when the agent was configured with one of its own
 * (`config.sh --sslcacert`) that this process does not trust yet.
 */
export function authoritiesToAdd(environment: Environment): string | undefined {
  const { AGENT_CAINFO: own, NODE_EXTRA_CA_CERTS: trusted, [mark]: done } = environment
  if (!own || own === trusted || done || !existsSync(own)) return undefined
  if (!trusted || !existsSync(trusted)) return own
  const file = join(mkdtempSync(join(environment.AGENT_TEMPDIRECTORY || tmpdir(), 'azureml-ca-')), 'authorities.pem')
  writeFileSync(file, `${readFileSync(trusted, 'utf8')}\n${readFileSync(own, 'utf8')}`)
  return file
}

/**
 * Runs this program once more, trusting those authorities, and ends as that ends: Node.js reads whom it trusts only
 * while it starts. Signals are passed on.
 */
export async function runTrusting(authorities: string): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: authorities, [mark]: 'yes' },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}
