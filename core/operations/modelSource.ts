import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { localModel } from './localModel.ts'
import { remoteModel } from './remoteModel.ts'

/** What is to be registered, looked at but not yet read. */
export interface ModelSource {
  /** For people: `3 files, 1.2 MiB`. */
  readonly description: string
  /** What identifies the content: its digest, for which everything is read once, or a fingerprint of where it is. */
  digest(): Promise<string>
  /** Whether a version with these properties has this content; reads no more than it must. */
  matches(properties: Readonly<Record<string, string>>): Promise<boolean>
  /** Brings it to where the workspace can read it. */
  place(): Promise<PlacedModel>
}

export interface PlacedModel {
  readonly uri: string
  readonly digest: string
  readonly uploadedBytes: number
  readonly jobName?: string | undefined
  /** The properties by which this content is found again. */
  readonly properties: Readonly<Record<string, string>>
}

export interface SourceRequest {
  readonly workspace: Workspace
  readonly host: Host
  /** A path on this machine, or an address. */
  readonly path: string
  readonly type: 'custom' | 'mlflow' | 'triton'
  /** Name of the datastore to upload to; undefined is the default one. */
  readonly datastore: string | undefined
  readonly name: string
}

/** Looks at what a user wants registered; whatever is wrong with it is told before anything is sent. */
export function modelSource(request: SourceRequest): Promise<ModelSource> {
  return /^[a-z]{2,}:\//i.test(request.path) ? remoteModel(request) : localModel(request)
}

/** What a model of its type must contain; `paths` are relative to the model. */
export function requireType(type: SourceRequest['type'], paths: readonly string[], from: string): void {
  if (type === 'mlflow' && !paths.includes('MLmodel'))
    throw new InputError(`"${from}" is no MLflow model: it holds no file MLmodel.`, {
      hint: 'Name the folder that mlflow wrote, or register it as custom.',
    })
  if (type === 'triton' && !paths.some((path) => /(^|\/)\d+\/[^/]+$/.test(path)))
    throw new InputError(`"${from}" is no Triton model repository: it holds no folder NAME/VERSION with a model in it.`)
}
