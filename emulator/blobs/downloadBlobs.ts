import { mkdir } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { ContainerClient } from '@azure/storage-blob'
import { AddressError, type BlobAddress } from './blobAddress.ts'
import type { BlobClient } from './blobClient.ts'

/** As many blobs are read at once. */
const readers = 8

/**
 * Puts a blob, or everything below a path, into a folder. With `keepBasename` the path's last part stays, as Azure
 * lays models out: `…/LocalUpload/<hash>/model` becomes `<folder>/model/…`; without, its contents come straight into
 * the folder, as code does. Throws `AddressError` when there is nothing.
 */
export async function downloadBlobs(options: {
  readonly client: BlobClient
  readonly address: BlobAddress
  readonly folder: string
  readonly keepBasename: boolean
  readonly signal: AbortSignal
}): Promise<void> {
  const { client, address, folder, keepBasename, signal } = options
  const container = client.service.getContainerClient(address.container)
  const found = await filesBelow(container, { ...address, keepBasename, signal })
  if (found.length === 0)
    throw new AddressError(`There are no blobs at "${address.path}" in the container "${address.container}".`)
  const queue = found.values()
  const readOneByOne = async (): Promise<void> => {
    for (const { name, file } of queue) {
      const target = resolve(folder, file)
      if (!target.startsWith(folder + sep)) throw new AddressError(`The blob "${name}" would leave its folder.`)
      await mkdir(dirname(target), { recursive: true })
      await container.getBlobClient(name).downloadToFile(target, undefined, undefined, { abortSignal: signal })
    }
  }
  await mkdir(folder, { recursive: true })
  await Promise.all(Array.from({ length: readers }, readOneByOne))
}

async function filesBelow(
  container: ContainerClient,
  {
    path,
    keepBasename,
    signal,
  }: { readonly path: string; readonly keepBasename: boolean; readonly signal: AbortSignal },
): Promise<readonly { readonly name: string; readonly file: string }[]> {
  if (path !== '' && (await container.getBlobClient(path).exists({ abortSignal: signal })))
    return [{ name: path, file: basename(path) }]
  const prefix = path === '' ? '' : `${path}/`
  const files: { readonly name: string; readonly file: string }[] = []
  // Some clients mark folders by an empty blob whose name ends with a slash.
  for await (const { name } of container.listBlobsFlat({ prefix, abortSignal: signal }))
    if (!name.endsWith('/'))
      files.push({ name, file: join(keepBasename ? basename(path) : '', name.slice(prefix.length)) })
  return files
}
