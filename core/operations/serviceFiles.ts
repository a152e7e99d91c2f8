import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseInferenceConfig } from '../config/inferenceConfig.ts'
import {
  defaultTargetDeployment,
  deploymentSecrets,
  parseTargetDeployment,
  type TargetDeployment,
} from '../config/targetDeployment.ts'
import type { TargetName } from '../config/targetNames.ts'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ServiceFiles } from '../targets/target.ts'
import { localFiles } from '../workspace/localFiles.ts'
import { readUserFile, showWarnings } from './userFile.ts'

/** The files that make a service, for the target that is wanted or the one they name; their secrets are masked. */
export async function readServiceFiles(
  host: Host,
  options: {
    readonly inferenceConfig: string
    readonly deploymentConfig: string | undefined
    readonly target: TargetName | undefined
  },
): Promise<ServiceFiles> {
  const { inferenceConfig } = options
  const inference = parseInferenceConfig(await readUserFile(host, 'inferenceConfig', inferenceConfig))
  showWarnings(host, inference.warnings)
  const deployment = await readDeployment(host, options)
  const { environment } = inference.config
  if (environment?.kind === 'inline' && environment.base.kind === 'image' && environment.base.registry)
    host.secret(environment.base.registry.password)

  const folder = dirname(inferenceConfig)
  const { entryScript, sourceDirectory } = inference.config
  const script = join(folder, sourceDirectory ?? '', entryScript)
  await checkEntryScript(script, inferenceConfig)
  const code = await localFiles(sourceDirectory === undefined ? script : join(folder, sourceDirectory))
  const read = async (path: string) => {
    const file = resolve(folder, path)
    return readFile(file, 'utf8').catch((cause: unknown) => {
      throw new InputError(`The file "${path}" that ${inferenceConfig} names cannot be read.`, {
        cause,
        position: { file: inferenceConfig },
      })
    })
  }
  const scoringScript = sourceDirectory === undefined ? basename(entryScript) : entryScript
  return { inference: inference.config, deployment, code, scoringScript, read, folder }
}

async function readDeployment(
  host: Host,
  {
    deploymentConfig,
    target,
  }: { readonly deploymentConfig: string | undefined; readonly target: TargetName | undefined },
): Promise<TargetDeployment> {
  if (deploymentConfig === undefined) return defaultTargetDeployment(target ?? 'managed')
  const source = await readUserFile(host, 'deploymentConfig', deploymentConfig)
  const { deployment, warnings } = parseTargetDeployment(source, target)
  showWarnings(host, warnings)
  for (const secret of deploymentSecrets(deployment)) host.secret(secret)
  return deployment
}

/**
 * An entry script must define init() and run(). There is no Python on an agent, so this looks for the names only: a
 * definition, an assignment or an import. What else is wrong with it shows in the container's log.
 */
async function checkEntryScript(script: string, inferenceConfig: string): Promise<void> {
  const position = { file: inferenceConfig }
  const found = await stat(script).catch(() => undefined)
  if (!found?.isFile()) throw new InputError(`The entry script "${script}" does not exist.`, { position })
  const text = await readFile(script, 'utf8')
  if (/^\s*from\s+[\w.]+\s+import\s+\*/m.test(text)) return
  const missing = ['init', 'run'].filter(
    (name) =>
      !new RegExp(`^(async\\s+)?def\\s+${name}\\s*\\(|^${name}\\s*=|\\bimport\\b.*\\b${name}\\b`, 'm').test(text),
  )
  if (missing.length > 0)
    throw new InputError(
      `The entry script "${script}" does not define ${missing.map((name) => `${name}()`).join(' and ')}.`,
      { position },
    )
}
