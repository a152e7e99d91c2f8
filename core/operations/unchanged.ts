import type { ModelVersion } from '../workspace/modelVersion.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { ModelSource } from './modelSource.ts'

export type WhenUnchanged = 'any-version' | 'latest-version' | 'always-new'

/**
 * The active version that already has this content, if one may stand for it. Paths and sizes are compared first;
 * only when those are equal is the content read and digested.
 */
export async function findUnchanged(options: {
  readonly workspace: Workspace
  readonly name: string
  /** When given, no other version can stand for the content. */
  readonly version: string | undefined
  readonly whenUnchanged: WhenUnchanged
  readonly source: ModelSource
}): Promise<ModelVersion | undefined> {
  const { workspace, name, version, whenUnchanged, source } = options
  if (whenUnchanged === 'always-new') return undefined
  for await (const candidate of workspace.models.versions(name, {
    listView: 'ActiveOnly',
    orderBy: 'createdtime desc',
  })) {
    if (candidate.isArchived || (version !== undefined && candidate.version !== version)) continue
    if (await source.matches(candidate.properties)) return candidate
    if (whenUnchanged === 'latest-version') return undefined
  }
  return undefined
}
