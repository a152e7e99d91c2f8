import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { workspacePath } from './workspaceParts.ts'

/** What every resource of Azure looks like around its properties. `path` is below the workspace: word, name, word, name. */
export function envelope(options: {
  readonly identity: WorkspaceIdentity
  readonly record: { readonly createdAt: string; readonly lastModifiedAt: string }
  readonly path: readonly string[]
  /** What the path is below, when it is not the workspace. */
  readonly base?: { readonly path: string; readonly type: string }
  readonly name: string
  readonly properties: unknown
  /** What tracked resources have beside: location, tags, kind, sku, identity. */
  readonly tracked?: Readonly<Record<string, unknown>>
}): unknown {
  const { identity, record, path, base } = options
  return {
    id: [base?.path ?? workspacePath(identity), ...path].join('/'),
    name: options.name,
    type: [
      base?.type ?? 'Microsoft.MachineLearningServices/workspaces',
      ...path.filter((_, index) => index % 2 === 0),
    ].join('/'),
    ...options.tracked,
    properties: options.properties,
    systemData: systemData(identity, record),
  }
}

/** Who made a resource and when; everybody here is the one service principal. */
export function systemData(
  identity: WorkspaceIdentity,
  record: { readonly createdAt: string; readonly lastModifiedAt: string },
): unknown {
  return {
    createdAt: record.createdAt,
    createdBy: identity.objectId,
    createdByType: 'Application',
    lastModifiedAt: record.lastModifiedAt,
    lastModifiedBy: identity.objectId,
    lastModifiedByType: 'Application',
  }
}
