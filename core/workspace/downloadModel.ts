import { join } from 'node:path'
import { downloadFiles } from '../azure/download.ts'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { LocalFile } from './localFiles.ts'
import { locateModel } from './modelLocation.ts'
import { parseModelUri } from './modelUri.ts'
import type { ModelVersion } from './modelVersion.ts'
import { openDatastore } from './openDatastore.ts'
import type { Workspace } from './workspace.ts'

/** A model version on this machine. Paths begin with the name of the registered file or folder. */
export interface DownloadedModel {
  readonly name: string
  readonly version: string
  readonly files: readonly LocalFile[]
}

/** Brings a version to `<folder>/<name>/<version>`; its files are laid out as a service finds them. */
export async function downloadModel(options: {
  readonly host: Pick<Host, 'group' | 'progress' | 'signal'>
  readonly workspace: Workspace
  readonly folder: string
  readonly version: Pick<ModelVersion, 'name' | 'version' | 'uri'>
}): Promise<DownloadedModel> {
  const { host, workspace } = options
  const { name, version, uri } = options.version
  const location = await locateModel(workspace, parseModelUri(uri))
  const datastore = await workspace.datastores.get(location.datastore)
  if (!datastore)
    throw new InputError(`The datastore "${location.datastore}" of ${name}:${version} does not exist any more.`)
  const last = location.path.split('/').at(-1) || name
  const source = { container: await openDatastore(workspace, datastore), prefix: location.path, signal: host.signal }
  const files = await host.group(`Download ${name}:${version}`, () =>
    downloadFiles({
      ...source,
      folder: join(options.folder, name, version),
      progress: (progress) => host.progress(progress),
    }),
  )
  // Of a single blob the path is its own name already.
  const isFile = files.length === 1 && files[0]?.path === last
  return { name, version, files: isFile ? files : files.map((file) => ({ ...file, path: `${last}/${file.path}` })) }
}
