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
