import { randomUUID } from 'node:crypto'
import type { WorkspaceParts } from './arm/workspaceParts.ts'
import type { BlobClient } from './blobs/blobClient.ts'
import { datastoreContainers } from './blobs/containerNames.ts'

/** What a new workspace of Azure comes with: its datastores, the containers behind them, and a container registry. */
export async function firstContents(
  { identity, state }: WorkspaceParts,
  blobs: (() => Promise<BlobClient>) | undefined,
): Promise<void> {
  const { containerRegistries } = state.tracked
  const registry = identity.storageAccount
  if (containerRegistries.get(registry) === undefined)
    containerRegistries.set(registry, {
      ...state.created(),
      ...{ id: randomUUID(), key: registry, name: registry, location: identity.location, tags: {}, properties: {} },
      ...{ beside: { sku: { name: 'Standard', tier: 'Standard' } } },
      ...{ provisioningState: 'Succeeded', operation: null, pending: null },
    })
  for (const [name, containerName] of datastoreContainers(identity)) {
    if (state.datastores.get(name) !== undefined) continue
    if (blobs !== undefined) await (await blobs()).service.getContainerClient(containerName).createIfNotExists()
    state.datastores.set(name, {
      ...state.created(),
      name,
      properties: {
        datastoreType: 'AzureBlob',
        accountName: identity.storageAccount,
        containerName,
        credentials: { credentialsType: 'AccountKey' },
        serviceDataAccessAuthIdentity: 'None',
      },
      secrets: null,
    })
  }
}
