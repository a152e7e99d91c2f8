import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ImageFile, ImageModel } from '../image/scoringImageSpec.ts'
import { downloadModel } from '../workspace/downloadModel.ts'
import { localFiles } from '../workspace/localFiles.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { chooseModel, parseModelReference } from './modelChoice.ts'

/** The version that a model of this machine has as long as it is not registered, as in v1. */
const unregistered = '0'

/** `NAME:VERSION`, `NAME`, or `NAME[:VERSION]=PATH` for files of this machine. */
interface WantedModel {
  readonly name: string
  readonly version: string | undefined
  readonly path: string | undefined
}

export const wantedModels = z.array(
  z.string().refine((text) => wanted(text) !== undefined, 'must be NAME:VERSION, NAME, or NAME:VERSION=PATH'),
)

function wanted(text: string): WantedModel | undefined {
  const [, reference = '', path] = /^([^=]*)(?:=(.+))?$/s.exec(text) ?? []
  const parsed = parseModelReference(reference)
  return parsed && { ...parsed, path: path?.trim() }
}

/** The models of an image: those of this machine where they are, registered ones downloaded to `folder`. */
export async function imageModels(options: {
  readonly host: Host
  readonly workspace: Workspace
  readonly models: readonly string[]
  readonly folder: string
}): Promise<readonly ImageModel[]> {
  const { host, workspace, folder } = options
  const models: ImageModel[] = []
  for (const text of options.models) {
    const model = wanted(text)
    if (!model) throw new InputError(`"${text}" is no model.`)
    const { name, version = unregistered, path } = model
    if (path !== undefined) models.push({ name, version, files: await filesOf(path) })
    else
      models.push(
        await downloadModel({ host, workspace, folder, version: await chooseModel({ workspace, reference: model }) }),
      )
  }
  return models
}

/** A file, or a folder that keeps its name, because entry scripts find it by that name. */
async function filesOf(path: string): Promise<readonly ImageFile[]> {
  const files = await localFiles(path)
  if (!(await stat(path)).isDirectory()) return files
  const folder = basename(path)
  return files.map((file) => ({ ...file, path: `${folder}/${file.path}` }))
}
