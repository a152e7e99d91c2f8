import { dirname, join } from 'node:path'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import { readUserFile, showWarnings } from './userFile.ts'

type Type = 'custom' | 'mlflow' | 'triton'

interface Said {
  readonly name: string | undefined
  readonly path: string | undefined
  readonly version: string | undefined
  readonly type: Type
  readonly description: string | undefined
  readonly datastore: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
}

/** What is to be registered by the inputs and, where they say nothing, by the model file. */
export async function wantedModel(
  host: Host,
  given: Said & { readonly modelFile: string | undefined },
): Promise<Said & { readonly name: string; readonly path: string }> {
  const { modelFile, name, path, version, type, description, datastore, tags, properties } = given
  const said = { version, type, description, datastore, tags, properties }
  if (modelFile === undefined) {
    if (name === undefined || path === undefined) throw new InputError('A name and a path are required.')
    return { ...said, name, path }
  }
  // Late, because a registration without such a file needs no reader of YAML.
  const { parseModelFile } = await import('../config/modelFile.ts')
  const file = parseModelFile(await readUserFile(host, 'modelFile', modelFile))
  showWarnings(host, file.warnings)
  const names = { name: name ?? file.name, path: path ?? (file.path && fromFile(modelFile, file.path)) }
  for (const key of ['name', 'path'] as const)
    if (names[key] === undefined)
      throw new InputError(`${host.spelling(key)} is required: ${modelFile} does not say it.`, {
        position: { file: modelFile },
      })
  return {
    ...{ name: names.name ?? '', path: names.path ?? '' },
    version: version ?? file.version,
    // The first word of a choice is what a missing input means.
    type: type === 'custom' ? (file.type ?? type) : type,
    description: description ?? file.description,
    datastore: datastore ?? file.datastore,
    tags: { ...file.tags, ...tags },
    properties: { ...file.properties, ...properties },
  }
}

/** Addresses are as they are; paths start from the folder of the file. */
function fromFile(file: string, path: string): string {
  return /^[a-z]{2,}:/i.test(path) ? path : join(dirname(file), path)
}
