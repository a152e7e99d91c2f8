import { filesAt } from '../azure/filesAt.ts'
import { UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import { uniqueName } from '../rollout/application.ts'
import type { BatchDeploymentSpec } from '../workspace/batchDeployment.ts'
import type { BatchEndpoint } from '../workspace/batchEndpoints.ts'
import { startBatchJob } from '../workspace/batchJobs.ts'
import type { JobInput } from '../workspace/jobInput.ts'
import { jobOutput } from '../workspace/jobOutput.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { showJobLogs } from './showJobLogs.ts'

export interface Trial {
  readonly host: Host
  readonly workspace: Workspace
  readonly endpoint: BatchEndpoint
  readonly deployment: BatchDeploymentSpec
  readonly input: JobInput
  readonly timeoutSeconds: number
}

/**
 * Runs a deployment over a small input before anybody else does: the job must complete, and where rows are appended,
 * there must be one, because a job in which every file failed completes as well when its threshold is -1. Throws a
 * UserError with what the job says of itself, after its log was shown.
 */
export async function trialRun({ host, workspace, endpoint, deployment, input, timeoutSeconds }: Trial): Promise<void> {
  const { name, outputAction, outputFileName } = deployment
  const output = await jobOutput(workspace, {
    ...{ folder: `azureml-cd/trials/${endpoint.name}/${uniqueName()}`, datastore: undefined },
    fileName: outputAction === 'SummaryOnly' ? undefined : outputFileName,
  })
  const job = await startBatchJob(workspace, { endpoint, deployment: name, input, output: output.place })
  host.log.info(`The job ${job} runs ${name} over ${input.description}.`)
  const { status = 'unknown' } = await workspace.jobs.ended(job, {
    deadlineSeconds: timeoutSeconds,
    onState: (state, done) =>
      host.progress({ label: `Trial of ${name}: ${state}`, done, total: timeoutSeconds, unit: 'seconds' }),
  })
  if (status.toLowerCase() !== 'completed') {
    await showJobLogs({ host, workspace }, job)
    throw new UserError(`The trial of "${name}" did not succeed: its job ${job} ended as ${status}.`)
  }
  if (output.place.kind === 'folder') return
  const { container, path } = output
  const rows = await filesAt({ container, prefix: path, signal: host.signal })
  if (rows.some(({ remote }) => remote.size > 0)) return
  await showJobLogs({ host, workspace }, job)
  throw new UserError(`The trial of "${name}" wrote no row: its job ${job} completed, but not one file was scored.`)
}
