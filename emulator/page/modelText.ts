import { assetReference } from '../blobs/assetReference.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { shownText } from './shownText.ts'

/** The model of a deployment as a person reads it: `diabetes 2`; null when there is none. */
export function modelText(model: unknown, identity: WorkspaceIdentity): string | null {
  if (typeof model !== 'string' || model === '') return null
  const reference = assetReference(model, identity)
  return reference === undefined ? shownText(model) : `${reference.name} ${reference.version}`
}
