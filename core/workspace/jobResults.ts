import type { BlobContainer } from '../azure/blobs.ts'
import type { Job } from './jobs.ts'
import { locateModel } from './modelLocation.ts'
import { parseModelUri } from './modelUri.ts'
import { openDatastore } from './openDatastore.ts'
import type { Workspace } from './workspace.ts'

/** Where the results of a job are. */
export interface ResultFolder {
  /** `azureml://datastores/NAME/paths/PATH/`. */
  readonly uri: string
  readonly container: BlobContainer
  /** In the container, without slashes around it. */
  readonly path: string
}

/** The folder that a job of a batch endpoint writes its output `score` to; undefined while the job names none. */
export async function resultsOf(workspace: Workspace, job: Job): Promise<ResultFolder | undefined> {
  const uri = job.outputs.score?.uri
  if (uri === undefined) return undefined
  const { datastore: name, path } = await locateModel(
    workspace,
    parseModelUri(uri.replace(/^\/subscriptions\//i, 'azureml:$&')),
  )
  const datastore = await workspace.datastores.get(name)
  if (!datastore) return undefined
  return {
    uri: `azureml://datastores/${name}/paths/${path}/`,
    container: await openDatastore(workspace, datastore),
    path,
  }
}
