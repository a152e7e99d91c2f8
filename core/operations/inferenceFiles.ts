import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { SourceFile } from '../config/document.ts'
import { environmentFileOf } from '../config/environmentFile.ts'
import { type ConfigPurpose, type InferenceConfig, parseInferenceConfig } from '../config/inferenceConfig.ts'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type LocalFile, localFiles } from '../workspace/localFiles.ts'
import { readUserFile, showWarnings } from './userFile.ts'

/** An inference configuration with the files it names, read and checked before anything is sent. */
export interface InferenceFiles {
  readonly inference: InferenceConfig
  /** The folder of the configuration, which its paths are relative to. */
  readonly folder: string
  /** What is uploaded as the service's code. */
  readonly code: readonly LocalFile[]
  /** The entry script, relative to the code, with slashes. */
  readonly scoringScript: string
  /** Reads a file that the inference configuration names. */
  readonly read: (path: string) => Promise<string>
}

export async function readInferenceFiles(
  host: Host,
  { inferenceConfig, purpose }: { readonly inferenceConfig: string; readonly purpose: ConfigPurpose },
): Promise<InferenceFiles> {
  const source = await readUserFile(host, 'inferenceConfig', inferenceConfig)
  const environmentFile = await namedEnvironment(source)
  const inference = parseInferenceConfig(source, purpose, environmentFile)
  showWarnings(host, inference.warnings)
  const { environment } = inference.config
  if (environment?.kind === 'inline' && environment.base.kind === 'image' && environment.base.registry)
    host.secret(environment.base.registry.password)
  maskCredentials(host, inference.config.build?.arguments ?? {})

  const folder = dirname(inferenceConfig)
  const { entryScript, sourceDirectory } = inference.config
  const script = join(folder, sourceDirectory ?? '', entryScript)
  await checkEntryScript(script, inferenceConfig)
  const code = await localFiles(sourceDirectory === undefined ? script : join(folder, sourceDirectory))
  const scoringScript = sourceDirectory === undefined ? basename(entryScript) : entryScript
  if (!code.some(({ path }) => path === scoringScript))
    throw new InputError(
      `The entry script "${entryScript}" is left out of its source directory by an ignore file (.amlignore or .gitignore).`,
      { position: { file: inferenceConfig } },
    )
  return { inference: inference.config, folder, code, scoringScript, read: fileReader(folder, inferenceConfig) }
}

/** An environment that stands in a file of its own, which the configuration names. */
async function namedEnvironment(source: SourceFile): Promise<SourceFile | undefined> {
  const path = environmentFileOf(source)
  if (path === undefined) return undefined
  const folder = dirname(source.file)
  return { file: join(folder, path), text: await fileReader(folder, source.file)(path) }
}

function fileReader(folder: string, inferenceConfig: string): (path: string) => Promise<string> {
  return async (path) => {
    const file = resolve(folder, path)
    return readFile(file, 'utf8').catch((cause: unknown) => {
      throw new InputError(`The file "${path}" that ${inferenceConfig} names cannot be read.`, {
        cause,
        position: { file: inferenceConfig },
      })
    })
  }
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

/** An index or a proxy that is named with a password: the build prints such addresses. */
export function maskCredentials(host: Host, given: Readonly<Record<string, string>>): void {
  for (const value of Object.values(given)) {
    const secret = URL.canParse(value) ? new URL(value).password : ''
    if (secret !== '') for (const form of new Set([secret, decodeURIComponent(secret)])) host.secret(form)
  }
}
