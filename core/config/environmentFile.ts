import { posix } from 'node:path'
import { checkDocument, valueAt } from './check.ts'
import { type ConfigDocument, parseDocument, type SourceFile } from './document.ts'
import { environmentRules, environmentSchema } from './environmentSection.ts'
import { faultsError } from './faults.ts'
import { type InlineEnvironment, inlineEnvironment } from './imageEnvironment.ts'
import { inferenceWords } from './v2Deployment.ts'
import { putEnvironment, v2Environment } from './v2Environment.ts'
import { inOtherWords, translated, v2KindOf, type Words } from './v2Words.ts'

const named = /^file:(.+)$|^((?!azureml:).+\.(?:ya?ml|jsonc?))$/i

/** The path in a reference to an environment that stands in a file of its own: `file:environment.yml`, or just the path. */
export function environmentPath(reference: string): string | undefined {
  const [, marked, plain] = named.exec(reference.trim()) ?? []
  return (marked ?? plain)?.trim().replaceAll('\\', '/')
}

/** The file of its own that an inference configuration names for its environment, as written; undefined for none. */
export function environmentFileOf(source: SourceFile): string | undefined {
  const written = valueAt(inferenceWords(parseDocument(source)).value, ['environment'])
  return typeof written === 'string' ? environmentPath(written) : undefined
}

const words: Words = { name: 'name', version: 'version', image: 'docker.baseImage' }

/**
 * Reads an environment that stands in a file of its own: of v2, or of v1 as `azureml_environment.json`. Paths in it start
 * from its own folder; `path` is where it is from the folder of the file that names it, and so are the paths that are
 * returned.
 *
 * @throws InputError with every fault of the file
 */
export function parseEnvironmentFile(source: SourceFile, path: string): InlineEnvironment {
  const document = inWordsOfV1(parseDocument(source))
  const rules = (seen: Parameters<typeof environmentRules>[0]) => environmentRules(seen, [])
  const schema = environmentSchema
  const section = checkDocument({ document, schema, partial: schema.partial(), rules })
  const environment = inlineEnvironment(section, (at) => document.scalar(at))
  const from = (file: string) => (posix.isAbsolute(file) ? file : posix.join(posix.dirname(path), file))
  const { base, python } = environment
  return {
    ...environment,
    base: base.kind === 'dockerfile-path' ? { ...base, path: from(base.path) } : base,
    python:
      python.kind === 'conda-file' || python.kind === 'pip-file' ? { ...python, path: from(python.path) } : python,
  }
}

function inWordsOfV1(document: ConfigDocument): ConfigDocument {
  const kind = v2KindOf(document)
  if (kind !== undefined && kind !== 'environment')
    throw faultsError(document.file, [
      {
        line: document.line(['$schema']),
        path: [],
        message: `An environment is required here; this is another file of v2 (${kind.replace('-', ' ')}).`,
      },
    ])
  const has = (key: string) => valueAt(document.value, [key]) !== undefined
  // Both have a schema of that name.
  const isV2 =
    ['image', 'conda_file', 'build'].some(has) || (kind === 'environment' && !has('docker') && !has('python'))
  if (!isV2) return document
  const given = checkDocument({ document, schema: v2Environment, partial: v2Environment.partial(), rules: () => [] })
  const value = translated(document, words)
  putEnvironment(value, [], given)
  return inOtherWords(document, value, words)
}
