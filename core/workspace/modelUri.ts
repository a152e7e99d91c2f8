import { assertNever, InputError } from '../errors.ts'

/** Where a model's files are, in every form that Azure ML writes or reads (azureml-api.md 3.2). Paths have no slash in front. */
export type ModelUri =
  | {
      readonly kind: 'datastore'
      /** Missing in the short form, which means the workspace it is used in. */
      readonly workspace?: WorkspaceName | undefined
      readonly datastore: string
      readonly path: string
    }
  | { readonly kind: 'job-output'; readonly job: string; readonly output: string; readonly path: string }
  | { readonly kind: 'run'; readonly run: string; readonly path: string }
  | {
      readonly kind: 'model'
      readonly workspace: WorkspaceName
      readonly model: string
      readonly version: string
    }
  | {
      readonly kind: 'located-model'
      readonly location: string
      /** A GUID. */
      readonly workspaceId: string
      readonly model: string
      readonly version: string
    }
  | { readonly kind: 'registry-model'; readonly registry: string; readonly model: string; readonly version: string }
  | {
      readonly kind: 'blob'
      /** With the account: `https://account.blob.core.windows.net`, or the same with a path on one machine. */
      readonly service: string
      readonly container: string
      readonly path: string
    }

export interface WorkspaceName {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
}

const segment = '([^/?#]+)'
const workspaceForm = `/?subscriptions/${segment}/resourcegroups/${segment}(?:/providers/Microsoft\\.MachineLearningServices)?/workspaces/${segment}`

const forms = {
  longDatastore: new RegExp(`^azureml:/?${workspaceForm}/datastores/${segment}/paths/(.*)$`, 'is'),
  shortDatastore: new RegExp(`^azureml://datastores/${segment}/paths/(.*)$`, 'is'),
  jobOutput: new RegExp(`^azureml://jobs/${segment}/outputs/${segment}(?:/paths/(.*))?$`, 'is'),
  run: new RegExp(`^runs:/+${segment}(?:/(.*))?$`, 'is'),
  model: new RegExp(`^(?:azureml:/?)?${workspaceForm}/models/${segment}/versions/${segment}$`, 'is'),
  locatedModel: new RegExp(
    `^azureml://locations/${segment}/workspaces/${segment}/models/${segment}/versions/${segment}$`,
    'is',
  ),
  registryModel: new RegExp(`^azureml://registries/${segment}/models/${segment}/versions/${segment}$`, 'is'),
  blob: /^(https:\/\/[^/?#]+)\/([^?#]*)$/is,
}

/** Reads an address. Throws an InputError that quotes the forms when it is none of them. */
export function parseModelUri(uri: string): ModelUri {
  const found = parse(uri)
  if (found) return found
  throw new InputError(`"${uri}" is not an address of a model's files.`, {
    hint: 'Forms: azureml://datastores/NAME/paths/PATH, azureml://jobs/JOB/outputs/OUTPUT/paths/PATH, runs:/RUN/PATH, azureml://registries/REGISTRY/models/NAME/versions/VERSION, https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH.',
  })
}

function parse(uri: string): ModelUri | undefined {
  const part = (match: RegExpExecArray, index: number) => match[index] ?? ''
  let match = forms.longDatastore.exec(uri)
  if (match)
    return { kind: 'datastore', workspace: workspaceOf(match), datastore: part(match, 4), path: part(match, 5) }
  match = forms.shortDatastore.exec(uri)
  if (match) return { kind: 'datastore', datastore: part(match, 1), path: part(match, 2) }
  match = forms.jobOutput.exec(uri)
  if (match) return { kind: 'job-output', job: part(match, 1), output: part(match, 2), path: part(match, 3) }
  match = forms.run.exec(uri)
  if (match) return { kind: 'run', run: part(match, 1), path: part(match, 2) }
  match = forms.model.exec(uri)
  if (match) return { kind: 'model', workspace: workspaceOf(match), model: part(match, 4), version: part(match, 5) }
  match = forms.locatedModel.exec(uri)
  if (match)
    return {
      ...{ kind: 'located-model', location: part(match, 1), workspaceId: part(match, 2) },
      ...{ model: part(match, 3), version: part(match, 4) },
    }
  match = forms.registryModel.exec(uri)
  if (match) return { kind: 'registry-model', registry: part(match, 1), model: part(match, 2), version: part(match, 3) }
  match = forms.blob.exec(uri)
  return match ? blobOf(part(match, 1), part(match, 2)) : undefined
}

/** Writes an address; `parseModelUri` reads it back as the same. */
export function formatModelUri(uri: ModelUri): string {
  switch (uri.kind) {
    case 'datastore':
      return `azureml:/${uri.workspace ? workspacePath(uri.workspace) : ''}/datastores/${uri.datastore}/paths/${uri.path}`
    case 'job-output':
      return `azureml://jobs/${uri.job}/outputs/${uri.output}/paths/${uri.path}`
    case 'run':
      return `runs:/${uri.run}/${uri.path}`
    case 'model':
      return `azureml:${workspacePath(uri.workspace)}/models/${uri.model}/versions/${uri.version}`
    case 'located-model':
      return `azureml://locations/${uri.location}/workspaces/${uri.workspaceId}/models/${uri.model}/versions/${uri.version}`
    case 'registry-model':
      return `azureml://registries/${uri.registry}/models/${uri.model}/versions/${uri.version}`
    case 'blob':
      return `${uri.service}/${uri.container}/${uri.path.split('/').map(encodeURIComponent).join('/')}`
    default:
      return assertNever(uri)
  }
}

function workspaceOf(match: RegExpExecArray): WorkspaceName {
  return { subscriptionId: match[1] ?? '', resourceGroup: match[2] ?? '', workspace: match[3] ?? '' }
}

function workspacePath({ subscriptionId, resourceGroup, workspace }: WorkspaceName): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/workspaces/${workspace}`
}

// On one machine the account is the first part of the path, because there are no host names to carry it.
function blobOf(origin: string, path: string): ModelUri | undefined {
  const decoded = decodedPath(path)
  if (decoded === undefined) return undefined
  const byPath = /^https:\/\/(localhost|\d+\.\d+\.\d+\.\d+|\[[^\]]+\])(:\d+)?$/i.test(origin)
  const parts = decoded.split('/')
  const account = byPath ? parts.shift() : undefined
  const container = parts.shift()
  if (!container || (byPath && !account)) return undefined
  return { kind: 'blob', service: account ? `${origin}/${account}` : origin, container, path: parts.join('/') }
}

function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
