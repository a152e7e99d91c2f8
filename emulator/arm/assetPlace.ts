import type { Context } from 'hono'
import type { AssetCollections, AssetKind } from '../state/workspaceState.ts'
import { type WorkspaceParts, workspacePath, workspaceRoute } from './workspaceParts.ts'

/** Where assets live: in the workspace, or in a registry. */
export interface AssetPlace {
  readonly route: string
  readonly type: string
  readonly collections: Readonly<Record<AssetKind, AssetCollections>>
  /** Begins the keys of all assets of this place: `registry/`, or nothing. Throws `ArmError` 404 for no such place. */
  readonly prefix: (c: Context) => string
  readonly path: (prefix: string) => string
  /** Writing to registries is a long-running operation; writing to the workspace is done when it is answered. */
  readonly isLongRunning: boolean
  /** What is uploaded to a container of its own first. */
  readonly pendingUploads: readonly AssetKind[]
}

export function workspacePlace({ identity, state }: WorkspaceParts): AssetPlace {
  return {
    route: workspaceRoute,
    type: 'Microsoft.MachineLearningServices/workspaces',
    collections: state.assets,
    prefix: () => '',
    path: () => workspacePath(identity),
    isLongRunning: false,
    pendingUploads: ['codes'],
  }
}
