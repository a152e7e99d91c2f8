import { filesAt } from '../azure/filesAt.ts'
import { InputError } from '../errors.ts'
import { locateModel } from '../workspace/modelLocation.ts'
import { type ModelUri, parseModelUri } from '../workspace/modelUri.ts'
import { openDatastore } from '../workspace/openDatastore.ts'
import { sourceFingerprint } from '../workspace/sourceFingerprint.ts'
import { contentProperties } from './contentProperties.ts'
import type { ModelSource, SourceRequest } from './modelSource.ts'
import { requireType } from './requireType.ts'

/**
 * A model that is in a datastore already: a job's output, a run's artifacts, any address in the workspace. It is not
 * copied. What identifies it is its normalised address with every blob's ETag and size, so nothing is read either.
 */
export async function remoteModel({ workspace, host, path: address, type }: SourceRequest): Promise<ModelSource> {
  const uri = parseModelUri(address)
  const { datastore: name, path } = await locateModel(workspace, uri)
  const datastore = await workspace.datastores.get(name)
  if (!datastore)
    throw new InputError(`There is no datastore "${name}" in the workspace "${workspace.address.workspace}".`)
  const container = await openDatastore(workspace, datastore)
  const files = await filesAt({ container, prefix: path, signal: host.signal })
  if (files.length === 0)
    throw new InputError(`There is nothing at "${address}" (datastore "${name}", path "${path}").`)
  requireType(
    type,
    files.map((file) => file.path),
    address,
  )
  const blobs = files.map(({ remote }) => remote)
  const fingerprint = sourceFingerprint({ datastore: name, path }, blobs)
  const bytes = blobs.reduce((sum, { size }) => sum + size, 0)
  return {
    description: `${blobs.length} ${blobs.length === 1 ? 'file' : 'files'}, ${(bytes / 2 ** 20).toFixed(1)} MiB, at ${address}`,
    digest: async () => fingerprint,
    matches: async (properties) => properties[contentProperties.source] === fingerprint,
    place: async () => ({
      uri: `azureml:/${workspace.id}/datastores/${name}/paths/${path}`,
      digest: fingerprint,
      uploadedBytes: 0,
      jobName: jobOf(uri),
      properties: { [contentProperties.source]: fingerprint },
    }),
  }
}

function jobOf(uri: ModelUri): string | undefined {
  if (uri.kind === 'job-output') return uri.job
  return uri.kind === 'run' ? uri.run : undefined
}
