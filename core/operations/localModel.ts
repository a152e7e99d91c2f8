import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { digestFiles } from '../azure/digestFiles.ts'
import { uploadFiles } from '../azure/upload.ts'
import { InputError } from '../errors.ts'
import { contentDigest, type DigestedFile, modelSigningDigest } from '../trust/digest.ts'
import { type LocalFile, localFiles } from '../workspace/localFiles.ts'
import { openDatastore } from '../workspace/openDatastore.ts'
import { contentProperties } from './contentProperties.ts'
import type { ModelSource, PlacedModel, SourceRequest } from './modelSource.ts'
import { requireType } from './requireType.ts'

/** A file or folder of this machine. A folder keeps its name, because entry scripts find it by that name. */
export async function localModel(request: SourceRequest): Promise<ModelSource> {
  const { path, type, host } = request
  const files = await localFiles(path)
  requireType(
    type,
    files.map((file) => file.path),
    path,
  )
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const layout = layoutDigest(files)
  let known: Promise<string> | undefined
  const digest = () => {
    known ??= digestFiles({ files, signal: host.signal }).then(contentDigest)
    return known
  }
  return {
    description: `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    digest,
    matches: async (properties) =>
      properties[contentProperties.layout] === layout && properties[contentProperties.digest] === (await digest()),
    async place() {
      const placed = await upload(request, files, layout)
      known = Promise.resolve(placed.digest)
      return placed
    },
  }
}

/** Known without reading a byte; of equal content it is equal. */
export function layoutDigest(files: readonly { readonly path: string; readonly size: number }[]): string {
  const lines = files.map(({ path, size }) => `${path}\0${size}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex')
}

async function upload(request: SourceRequest, files: readonly LocalFile[], layout: string): Promise<PlacedModel> {
  const { workspace, host, path, name } = request
  const datastore = await datastoreOf(request)
  const container = await openDatastore(workspace, datastore)
  const folder = (await stat(path)).isDirectory() ? basename(await realpath(path)) : undefined
  const inFolder = (file: string) => (folder === undefined ? file : `${folder}/${file}`)
  const uploaded = await uploadFiles({
    container,
    // The same files find what an interrupted run has brought there already.
    prefix: `azureml-cd/models/${name}/${layout.slice(0, 32)}`,
    files: files.map((file) => ({ ...file, path: inFolder(file.path) })),
    signal: host.signal,
    progress: (progress) => host.progress(progress),
  })
  const digested: readonly DigestedFile[] = uploaded.files.map((file) => ({
    ...file,
    path: folder === undefined ? file.path : file.path.slice(folder.length + 1),
  }))
  const digest = contentDigest(digested)
  const last = folder ?? files[0]?.path ?? ''
  return {
    uri: `azureml:/${workspace.id}/datastores/${datastore.name}/paths/${uploaded.prefix}/${last}`.replace(
      'azureml:///',
      'azureml://',
    ),
    digest,
    uploadedBytes: uploaded.sentBytes,
    properties: {
      [contentProperties.digest]: digest,
      [contentProperties.layout]: layout,
      [contentProperties.modelSigning]: modelSigningDigest(digested),
    },
  }
}

async function datastoreOf({ workspace, datastore: name }: SourceRequest) {
  if (name === undefined) return workspace.datastores.default()
  const found = await workspace.datastores.get(name)
  if (found) return found
  throw new InputError(`There is no datastore "${name}" in the workspace "${workspace.address.workspace}".`)
}
