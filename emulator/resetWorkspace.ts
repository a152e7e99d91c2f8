import type { WorkspaceParts } from './arm/workspaceParts.ts'
import type { BlobClient } from './blobs/blobClient.ts'
import { firstContents } from './firstContents.ts'

/**
 * Makes the workspace as it was when it was new: no assets, no services, no blobs, no faults, nothing recorded. Names,
 * credentials and the address stay. What was being served is answered first.
 */
export async function resetWorkspace(parts: WorkspaceParts, hasBlobs: boolean): Promise<void> {
  const { state, serving, batchJobs, groups, faults, blobs } = parts
  faults.clear()
  for (const { name } of [...state.jobs.children()]) batchJobs.cancel(name)
  const deployments = [...state.deployments.entries()].map(([, record]) => record)
  // From here on nobody finds them; what still works on them finds nothing to write its outcome to.
  state.clear()
  await Promise.all([...deployments.map(({ endpoint, name }) => serving.retire(endpoint, name)), groups.close()])
  if (hasBlobs) await removeBlobs(await blobs())
  await firstContents(parts, hasBlobs ? blobs : undefined)
}

async function removeBlobs({ service }: BlobClient): Promise<void> {
  for await (const { name } of service.listContainers()) {
    const container = service.getContainerClient(name)
    for await (const blob of container.listBlobsFlat())
      await container.deleteBlob(blob.name, { deleteSnapshots: 'include' })
  }
}
