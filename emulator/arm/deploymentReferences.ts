import { badRequest } from '../armError.ts'
import { missingAsset } from '../blobs/assetReference.ts'
import { deploymentContent } from '../serving/deploymentContent.ts'
import type { Bag } from '../state/records.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

/** Throws `ArmError` 400 when a deployment names an asset that does not exist. */
export function checkReferences(parts: WorkspaceParts, properties: Bag): void {
  const { model, code, environment } = deploymentContent(properties)
  const missing = missingAsset([model, code, environment], parts)
  if (missing !== undefined) throw badRequest(`The deployment refers to ${missing}, which does not exist.`)
}
