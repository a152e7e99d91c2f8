import { assertNever, InputError } from '../errors.ts'
import { formatModelUri, type ModelUri, parseModelUri, type WorkspaceName } from './modelUri.ts'
import type { Workspace } from './workspace.ts'

/** A folder, or one file, in a datastore of the workspace. */
export interface ModelLocation {
  readonly datastore: string
  /** Without slashes around it; empty means the whole datastore. */
  readonly path: string
}

/**
 * Finds where the files of an address are. Jobs answer for their own outputs; where they do not, the places are those
 * Azure ML uses unless told otherwise: artifacts and MLflow runs in `workspaceartifactstore` below
 * `ExperimentRun/dcid.<run>/`, named outputs in the default datastore below `azureml/<job>/<output>/`.
 * Throws an InputError for what is in another workspace or a registry, and for jobs and models that do not exist.
 */
export async function locateModel(workspace: Workspace, uri: ModelUri): Promise<ModelLocation> {
  switch (uri.kind) {
    case 'datastore':
      refuseForeign(workspace, uri, uri.workspace)
      return { datastore: uri.datastore, path: trimmed(uri.path) }
    case 'run':
      return artifactsOf(uri.run, uri.path)
    case 'job-output':
      return locateOutput(workspace, uri)
    case 'model':
      refuseForeign(workspace, uri, uri.workspace)
      return locateVersion(workspace, uri)
    case 'located-model': {
      const { workspaceId } = await workspace.properties()
      if (workspaceId?.toLowerCase() !== uri.workspaceId.toLowerCase()) throw foreign(workspace, uri)
      return locateVersion(workspace, uri)
    }
    case 'registry-model':
      throw new InputError(`"${formatModelUri(uri)}" is in a registry; its files are not in the workspace.`, {
        hint: 'Deploy it by that address, or download it and register its files.',
      })
    case 'blob': {
      const held = await datastoreOf(workspace, uri)
      return { datastore: held, path: trimmed(uri.path) }
    }
    default:
      return assertNever(uri)
  }
}

async function locateOutput(
  workspace: Workspace,
  { job, output, path }: Extract<ModelUri, { kind: 'job-output' }>,
): Promise<ModelLocation> {
  const found = await workspace.jobs.get(job)
  if (!found) throw new InputError(`The workspace "${workspace.address.workspace}" has no job "${job}".`)
  const uri = found.outputs[output]?.uri
  if (uri) {
    const { datastore, path: folder } = await locateModel(workspace, parseModelUri(uri))
    return { datastore, path: trimmed(`${folder}/${path}`) }
  }
  if (output === 'artifacts' || output === 'default') return artifactsOf(job, path)
  if (!(output in found.outputs)) {
    const names = ['artifacts', ...Object.keys(found.outputs)]
    throw new InputError(`The job "${job}" has no output "${output}", only ${names.join(', ')}.`)
  }
  const { name } = await workspace.datastores.default()
  return { datastore: name, path: trimmed(`azureml/${job}/${output}/${path}`) }
}

async function locateVersion(
  workspace: Workspace,
  { model, version }: { readonly model: string; readonly version: string },
): Promise<ModelLocation> {
  const found = await workspace.models.version(model, version)
  if (!found) throw new InputError(`The model "${model}" has no version "${version}".`)
  return locateModel(workspace, parseModelUri(found.uri))
}

async function datastoreOf(workspace: Workspace, uri: Extract<ModelUri, { kind: 'blob' }>): Promise<string> {
  const byDefault = await workspace.datastores.default()
  const isThere = byDefault.containerName === uri.container && uri.service.includes(byDefault.accountName)
  if (isThere) return byDefault.name
  throw new InputError(`"${formatModelUri(uri)}" is not in the default datastore "${byDefault.name}".`, {
    hint: 'Name it by its datastore: azureml://datastores/NAME/paths/PATH.',
  })
}

function artifactsOf(run: string, path: string): ModelLocation {
  return { datastore: 'workspaceartifactstore', path: trimmed(`ExperimentRun/dcid.${run}/${path}`) }
}

function refuseForeign(workspace: Workspace, uri: ModelUri, named: WorkspaceName | undefined): void {
  const { subscriptionId, resourceGroup, workspace: name } = workspace.address
  const own = [subscriptionId, resourceGroup, name].join('/').toLowerCase()
  if (named && [named.subscriptionId, named.resourceGroup, named.workspace].join('/').toLowerCase() !== own)
    throw foreign(workspace, uri)
}

function foreign(workspace: Workspace, uri: ModelUri): InputError {
  return new InputError(`"${formatModelUri(uri)}" is not in the workspace "${workspace.address.workspace}".`, {
    hint: 'Run against the workspace that holds it, or share it through a registry.',
  })
}

function trimmed(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '')
    .join('/')
}
