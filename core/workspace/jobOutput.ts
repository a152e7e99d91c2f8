import type { BlobContainer } from '../azure/blobs.ts'
import { InputError } from '../errors.ts'
import type { DataPlace } from './dataPlace.ts'
import { openDatastore } from './openDatastore.ts'
import type { Workspace } from './workspace.ts'

/** Where a job is to write, and how to get there afterwards. */
export interface JobOutput {
  readonly place: DataPlace
  /** For people and other tools: `azureml://datastores/NAME/paths/PATH`. */
  readonly uri: string
  readonly container: BlobContainer
  /** In the container; the name of the file when `place` is one. */
  readonly path: string
}

/** A place for the results of a job in a blob datastore, which is the only kind that batch endpoints write to. */
export async function jobOutput(
  workspace: Workspace,
  wanted: {
    /** The default one when undefined. */
    readonly datastore: string | undefined
    readonly folder: string
    /** What the rows are appended to; undefined when the script writes its files itself. */
    readonly fileName: string | undefined
  },
): Promise<JobOutput> {
  const { datastore: name, folder, fileName } = wanted
  const datastore = name === undefined ? await workspace.datastores.default() : await workspace.datastores.get(name)
  if (!datastore)
    throw new InputError(`There is no datastore "${name}" in the workspace "${workspace.address.workspace}".`)
  const path = fileName === undefined ? folder : `${folder}/${fileName}`
  return {
    place: { kind: fileName === undefined ? 'folder' : 'file', uri: `${datastore.id}/paths/${path}` },
    uri: `azureml://datastores/${datastore.name}/paths/${path}`,
    container: await openDatastore(workspace, datastore),
    path,
  }
}
