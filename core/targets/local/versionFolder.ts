import { copyFile, cp, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Host } from '../../host.ts'
import { downloadModel } from '../../workspace/downloadModel.ts'
import type { LocalFile } from '../../workspace/localFiles.ts'
import type { ModelVersion } from '../../workspace/modelVersion.ts'
import type { Workspace } from '../../workspace/workspace.ts'

/** Where the code of a version comes from: the user's files, or the folder of the version that serves. */
export type CodeSource =
  | { readonly kind: 'files'; readonly files: readonly LocalFile[] }
  | { readonly kind: 'folder'; readonly folder: string }

/**
 * Fills the folder of a version: `code`, and `models/<name>/<version>/<file or folder>` as in an image. It is a copy, so
 * that what serves stays as it was proven when the user goes on working.
 */
export async function fillVersionFolder(options: {
  readonly host: Host
  readonly workspace: Workspace
  readonly folder: string
  readonly code: CodeSource
  readonly models: readonly ModelVersion[]
}): Promise<void> {
  const { host, workspace, folder, code, models } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (code.kind === 'folder') await cp(code.folder, join(folder, 'code'), { recursive: true })
  else for (const { path, absolutePath } of code.files) await placed(join(folder, 'code', path), absolutePath, copyFile)
  const scratch = join(folder, 'download')
  for (const version of models) {
    const { name, version: number, files } = await downloadModel({ host, workspace, folder: scratch, version })
    for (const { path, absolutePath } of files)
      await placed(join(folder, 'models', name, number, path), absolutePath, rename)
  }
  await rm(scratch, { recursive: true, force: true })
}

async function placed(to: string, from: string, how: (from: string, to: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await how(from, to)
}
