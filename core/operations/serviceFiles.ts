import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import {
  defaultDeploymentConfig,
  type ManagedDeploymentConfig,
  parseDeploymentConfig,
} from '../config/deploymentConfig.ts'
import { type InferenceConfig, parseInferenceConfig } from '../config/inferenceConfig.ts'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type LocalFile, localFiles } from '../workspace/localFiles.ts'
import { readUserFile, showWarnings } from './userFile.ts'

/** What a service is made from, read and checked before anything is sent. */
export interface ServiceFiles {
  readonly inference: InferenceConfig
  readonly deployment: ManagedDeploymentConfig
  /** What is uploaded as the service's code. */
  readonly code: readonly LocalFile[]
  /** The entry script, relative to the code, with slashes. */
  readonly scoringScript: string
  /** Reads a file that the inference configuration names. */
  readonly read: (path: string) => Promise<string>
}

export async function readServiceFiles(
  host: Host,
  {
    inferenceConfig,
    deploymentConfig,
  }: { readonly inferenceConfig: string; readonly deploymentConfig: string | undefined },
): Promise<ServiceFiles> {
  const inference = parseInferenceConfig(await readUserFile(host, 'inferenceConfig', inferenceConfig))
  showWarnings(host, inference.warnings)
  const deployment =
    deploymentConfig === undefined
      ? { config: defaultDeploymentConfig, warnings: [] }
      : parseDeploymentConfig(await readUserFile(host, 'deploymentConfig', deploymentConfig))
  showWarnings(host, deployment.warnings)
  const { primaryKey, secondaryKey } = deployment.config.keys ?? {}
  for (const key of [primaryKey, secondaryKey]) if (key) host.secret(key)
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
  return { inference: inference.config, deployment: deployment.config, code, scoringScript, read }
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
