import { badRequest } from '../armError.ts'
import { assetReference } from '../blobs/assetReference.ts'
import { deploymentContent } from '../serving/deploymentContent.ts'
import type { Bag } from '../state/records.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

/** Throws `ArmError` 400 when a deployment names an asset of this workspace that does not exist. */
export function checkReferences({ identity, state }: WorkspaceParts, properties: Bag): void {
  const content = deploymentContent(properties)
  for (const uri of [content.model, content.code, content.environment]) {
    const reference = uri === undefined ? undefined : assetReference(uri, identity)
    if (reference === undefined) continue
    const { kind, name, version } = reference
    if (state.assets[kind].versions.get(`${name}/${version}`) === undefined)
      throw badRequest(`The deployment refers to ${kind}/${name}/versions/${version}, which does not exist.`)
  }
}
