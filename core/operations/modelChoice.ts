import { z } from 'zod'
import { nameRules } from '../config/names.ts'
import { InputError } from '../errors.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** A model as people write it: `diabetes`, `diabetes:3`, `diabetes@latest`. */
export interface ModelReference {
  readonly name: string
  /** Undefined is the newest. */
  readonly version: string | undefined
}

export const modelReference = z
  .string()
  .refine(
    (text) => parseModelReference(text) !== undefined,
    'must be NAME, NAME:VERSION or NAME@latest; names and versions are letters, digits, "-", "_" or "."',
  )

export function parseModelReference(text: string): ModelReference | undefined {
  const [, name, version] = /^(?:azureml:)?([^:@]+)(?::([^:@]+)|@latest)?$/.exec(text) ?? []
  const { pattern } = nameRules.registeredModel
  if (name === undefined || !pattern.test(name) || (version !== undefined && !pattern.test(version))) return undefined
  return { name, version }
}

type Tags = Readonly<Record<string, string>>

/** The version that is meant; an InputError names the ones there are when it does not exist or is archived. */
export async function chooseModel(options: {
  readonly workspace: Workspace
  readonly reference: ModelReference
  /** What the newest version must carry. */
  readonly tags?: Tags | undefined
}): Promise<ModelVersion> {
  const { workspace, reference, tags = {} } = options
  const { name, version } = reference
  if (version === undefined) {
    const newest = await newestVersion(workspace, name, tags)
    if (newest) return newest
    const wanted = Object.entries(tags).map(([key, value]) => `${key}=${value}`)
    throw new InputError(
      `There is no active version of the model "${name}"${wanted.length > 0 ? ` with the tags ${wanted.join(', ')}` : ''}.`,
    )
  }
  const found = await workspace.models.version(name, version)
  if (found && !found.isArchived) return found
  const known: string[] = []
  for await (const other of workspace.models.versions(name, { orderBy: 'createdtime desc', top: 5 })) {
    known.push(other.version)
    if (known.length === 5) break
  }
  const there =
    known.length > 0 ? `Newest versions: ${known.join(', ')}.` : `There is no model "${name}" in the workspace.`
  throw new InputError(`Version "${version}" of the model "${name}" ${found ? 'is archived' : 'does not exist'}.`, {
    hint: there,
  })
}

/** The newest active version that carries the tags. */
export async function newestVersion(workspace: Workspace, name: string, tags: Tags): Promise<ModelVersion | undefined> {
  // Checked here too: the service's tag filter knows only equality of some tags.
  for await (const version of workspace.models.versions(name, {
    listView: 'ActiveOnly',
    orderBy: 'createdtime desc',
    tags,
  }))
    if (!version.isArchived && Object.entries(tags).every(([key, value]) => version.tags[key] === value)) return version
  return undefined
}
