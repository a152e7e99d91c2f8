import { InputError } from '../errors.ts'
import type { Context } from '../operation.ts'
import { uniqueName } from '../rollout/application.ts'
import type { BatchEndpoint } from '../workspace/batchEndpoints.ts'
import { startBatchJob } from '../workspace/batchJobs.ts'
import type { DataPlace } from '../workspace/dataPlace.ts'
import { type InputKind, type JobInput, jobInput } from '../workspace/jobInput.ts'
import { jobOutput } from '../workspace/jobOutput.ts'
import { type ResultFolder, resultsOf } from '../workspace/jobResults.ts'
import { locateModel } from '../workspace/modelLocation.ts'
import { parseModelUri } from '../workspace/modelUri.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** A job of a batch endpoint that is under way, or over. */
export interface BatchJob {
  readonly name: string
  /** As it was last seen. */
  readonly state: string
  readonly deployment: string
  readonly inputUri: string
  readonly uploadedBytes: number
  /** Undefined when only the job itself can tell, once it has ended. */
  readonly output: ResultFolder | undefined
}

/** Everything about a job that is to be begun; what is wrong with it was told. */
export interface BatchJobPlan {
  readonly endpoint: BatchEndpoint
  readonly deployment: string
  readonly input: JobInput
  readonly output: ResultFolder
  /** Where the service is told to write: the folder, or a file in it. */
  readonly place: DataPlace
}

export async function planBatchJob(
  workspace: Workspace,
  wanted: {
    readonly service: string
    readonly input: string
    readonly inputType: InputKind
    readonly deployment: string | undefined
    readonly output: string | undefined
    readonly dryRun: boolean
  },
): Promise<BatchJobPlan> {
  const { service, dryRun } = wanted
  const endpoint = await workspace.batchEndpoints.get(service)
  if (!endpoint)
    throw new InputError(`There is no batch endpoint "${service}" in the workspace "${workspace.address.workspace}".`)
  const name = wanted.deployment ?? endpoint.defaultDeployment
  if (name === undefined)
    throw new InputError(`The batch endpoint "${service}" has no default deployment; say which deployment is meant.`)
  const deployment = await workspace.batchDeployments.get(service, name)
  if (!deployment) throw new InputError(`The batch endpoint "${service}" has no deployment "${name}".`)
  if (deployment.raw.deploymentConfiguration !== undefined)
    throw new InputError(
      `The deployment "${name}" runs a pipeline component, whose inputs and outputs have names of their own; only deployments of models are run from here.`,
    )
  const { datastore, folder } = await folderFor(workspace, service, wanted.output)
  const fileName =
    deployment.outputAction === 'SummaryOnly' ? undefined : (deployment.outputFileName ?? 'predictions.csv')
  const { place, container } = await jobOutput(workspace, { datastore, folder, fileName })
  const input = await jobInput(workspace, wanted.input, { kind: wanted.inputType, dryRun })
  const uri = `azureml://datastores/${datastore}/paths/${folder}/`
  return { endpoint, deployment: name, input, place, output: { uri, container, path: folder } }
}

export async function beginBatchJob({ host, workspace }: Context, plan: BatchJobPlan): Promise<BatchJob> {
  const { endpoint, deployment, input, place, output } = plan
  // The default may move in the meantime; what was looked at is what runs.
  const name = await startBatchJob(workspace, { endpoint, deployment, input, output: place })
  host.log.info(`The job ${name} runs ${deployment} of ${endpoint.name} over ${input.description}.`)
  return { name, state: 'NotStarted', deployment, inputUri: input.uri, uploadedBytes: input.uploadedBytes, output }
}

export async function findBatchJob(workspace: Workspace, name: string): Promise<BatchJob> {
  const found = await workspace.jobs.get(name)
  if (!found) throw new InputError(`There is no job "${name}" in the workspace "${workspace.address.workspace}".`)
  const { status: state = 'unknown' } = found
  return { name, state, deployment: '', inputUri: '', uploadedBytes: 0, output: await resultsOf(workspace, found) }
}

async function folderFor(
  workspace: Workspace,
  service: string,
  wanted: string | undefined,
): Promise<{ readonly datastore: string; readonly folder: string }> {
  if (wanted === undefined) {
    const { name } = await workspace.datastores.default()
    return { datastore: name, folder: `azureml-cd/batch/${service}/${uniqueName()}` }
  }
  const uri = parseModelUri(wanted)
  if (uri.kind !== 'datastore')
    throw new InputError(`"${wanted}" is no folder of a datastore; azureml://datastores/NAME/paths/PATH is one.`)
  const { datastore, path: folder } = await locateModel(workspace, uri)
  if (folder === '') throw new InputError(`"${wanted}" is a whole datastore; the results need a folder in it.`)
  return { datastore, folder }
}
