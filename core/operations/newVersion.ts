import { z } from 'zod'
import type { NewModelVersion } from '../workspace/models.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { contentProperties } from './contentProperties.ts'
import type { WhenUnchanged } from './unchanged.ts'

/** Azure ML's rule for versions. */
export const assetVersion = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/,
    'must be 1 to 255 letters, digits, "-", "_" or "." and start with a letter or digit',
  )

export type Registration =
  | { readonly kind: 'created'; readonly version: ModelVersion }
  /** The same content was registered by somebody else at the same moment. */
  | { readonly kind: 'same'; readonly version: ModelVersion }
  /** The wanted version exists with other content. */
  | { readonly kind: 'taken' }

/** Far more than can register one model at the same moment. */
const attempts = 500

/**
 * Registers content as a version of its own: the wanted one, or the next one that is free. Nobody's version is ever
 * overwritten: whoever comes second takes the next number.
 */
export async function registerVersion(options: {
  readonly workspace: Workspace
  readonly model: Omit<NewModelVersion, 'version'>
  readonly wanted: string | undefined
  readonly whenUnchanged: WhenUnchanged
}): Promise<Registration> {
  const { workspace, model, wanted, whenUnchanged } = options
  const key =
    model.properties?.[contentProperties.source] === undefined ? contentProperties.digest : contentProperties.source
  const isSame = (other: ModelVersion) => !other.isArchived && other.properties[key] === model.properties?.[key]
  if (wanted !== undefined) {
    const { kind, version } = await workspace.models.create({ ...model, version: wanted })
    if (kind === 'created') return { kind, version }
    return isSame(version) ? { kind: 'same', version } : { kind: 'taken' }
  }
  let next = await nextVersion(workspace, model.name)
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { kind, version } = await workspace.models.create({ ...model, version: String(next) })
    if (whenUnchanged !== 'always-new' && (kind === 'created' || isSame(version))) {
      const first = await firstOfItsContent({ workspace, version, isSame, whenUnchanged })
      if (kind !== 'created') return { kind: 'same', version: first ?? version }
      if (!first) return { kind, version }
      await workspace.models.delete(model.name, version.version)
      return { kind: 'same', version: first }
    }
    if (kind === 'created') return { kind, version }
    next = Math.max(next + 1, await nextVersion(workspace, model.name))
  }
  throw new Error(`No free version of the model "${model.name}" was found in ${attempts} attempts.`)
}

/**
 * Runs that register the same content at the same moment get different numbers. Each looks below its own: the lowest
 * stays (of `latest-version`, the lowest that is followed by nothing else), and the others are taken back by their runs.
 */
async function firstOfItsContent(options: {
  readonly workspace: Workspace
  readonly version: ModelVersion
  readonly isSame: (other: ModelVersion) => boolean
  readonly whenUnchanged: WhenUnchanged
}): Promise<ModelVersion | undefined> {
  const { workspace, version: own, isSame, whenUnchanged } = options
  const below: ModelVersion[] = []
  for await (const other of workspace.models.versions(own.name, { listView: 'ActiveOnly' }))
    if (Number(other.version) < Number(own.version)) below.push(other)
  below.sort((a, b) => Number(b.version) - Number(a.version))
  if (whenUnchanged === 'any-version') return below.findLast(isSame)
  const end = below.findIndex((other) => !isSame(other))
  return below[(end === -1 ? below.length : end) - 1]
}

async function nextVersion(workspace: Workspace, name: string): Promise<number> {
  const container = await workspace.models.container(name)
  const next = Number(container?.nextVersion ?? 1)
  return Number.isSafeInteger(next) && next > 0 ? next : 1
}
