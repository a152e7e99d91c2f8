import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { uploadFiles } from '../azure/upload.ts'
import { contentDigest } from '../trust/digest.ts'
import type { LocalFile } from '../workspace/localFiles.ts'
import { openDatastore } from '../workspace/openDatastore.ts'
import type { Workspace } from '../workspace/workspace.ts'

/**
 * Registers the files of an entry script unless their content already is, and returns the ARM id of the code. Its name
 * comes from the content, so the same code is uploaded once, whoever deploys it. In a dry run nothing is sent.
 */
export async function ensureCode(
  workspace: Workspace,
  files: readonly LocalFile[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<string> {
  const digest = await digestOf(files)
  const name = guidFrom(digest)
  const there = await workspace.codes.get(name, '1')
  if (there) return there.id
  if (dryRun) return `${workspace.id}/codes/${name}/versions/1`
  const { host } = workspace.connection
  const container = await openDatastore(workspace, await workspace.datastores.default())
  const upload = { container, files, prefix: `azureml-cd/code/${digest}`, signal: host.signal }
  const { prefix } = await uploadFiles({ ...upload, progress: (progress) => host.progress(progress) })
  const properties = { 'azureml-cd.digest': digest }
  return (await workspace.codes.put({ name, version: '1', uri: `${container.url}/${prefix}`, properties })).id
}

/** The ARM id that `ensureCode` answers for these files, without asking whether it is there. */
export async function codeIdOf(workspace: Workspace, files: readonly LocalFile[]): Promise<string> {
  return `${workspace.id}/codes/${guidFrom(await digestOf(files))}/versions/1`
}

/** Code is small: each file is read whole. */
async function digestOf(files: readonly LocalFile[]): Promise<string> {
  const digested = files.map(async ({ path, absolutePath, size }) => {
    const sha256 = createHash('sha256')
      .update(await readFile(absolutePath))
      .digest('hex')
    return { path, size, sha256 }
  })
  return contentDigest(await Promise.all(digested))
}

/** Azure ML names anonymous code by a GUID. */
function guidFrom(digest: string): string {
  const parts = [0, 8, 12, 16, 20].map((from, index) => digest.slice(from, [8, 12, 16, 20, 32][index]))
  return parts.join('-')
}
