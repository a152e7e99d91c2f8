import { z } from 'zod'
import { downloadFiles } from '../azure/download.ts'
import { deploymentName, endpointName } from '../config/names.ts'
import { InputError, UserError } from '../errors.ts'
import { checkedText, choice, flag, optional, path, quantity, text } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { studioLink } from '../studioLink.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { awaitJob } from './awaitJob.ts'
import { type BatchJob, beginBatchJob, findBatchJob, planBatchJob } from './batchJob.ts'

export const invoke = defineOperation({
  name: 'invoke',
  title: 'Run a batch service over files',
  summary:
    'Begin a job of a batch endpoint over files of this machine or of the workspace, wait for it, and bring its results here.',
  inputs: {
    ...workspaceInputs,
    service: optional(checkedText(endpointName, 'Batch endpoint to run. Required unless a job is given.')),
    input: optional(
      text(
        'What to run it over: a file or folder of this machine, which is uploaded once, azureml:NAME:VERSION (or @latest) for registered data, azureml://datastores/NAME/paths/PATH, azureml://jobs/JOB/outputs/…, or the https address of a storage account. Required unless a job is given.',
        'INPUT',
      ),
    ),
    inputType: choice(
      ['auto', 'folder', 'file'],
      'Whether the input is a folder or one file; auto: as it is found, and for a storage account by its ending.',
    ),
    deployment: optional(checkedText(deploymentName, 'Which deployment. Default: the default one of the endpoint.')),
    output: optional(
      text(
        'Folder for the results, in a blob datastore: azureml://datastores/NAME/paths/PATH. Default: one of its own in the default datastore.',
        'FOLDER',
      ),
    ),
    job: optional(text('A job that was begun earlier, to wait for instead of beginning another.', 'JOB')),
    download: optional(path('Folder of this machine to bring the results to; made when it is not there.')),
    noWait: flag('Begin the job and do not wait for it.'),
    timeoutSeconds: quantity({
      description: 'How long to wait for the job, in seconds. It goes on when the time is over.',
      ...{ unit: 'seconds', default: 7200, min: 1, max: 604_800 },
    }),
    dryRun: flag('Check everything, say what would be run and begin nothing.'),
  },
  outputs: {
    jobName: z.string().describe('The job; empty when none was begun.'),
    state: z.string().describe('Its state: Completed, or what it was last; planned in a dry run.'),
    deployment: z.string().describe('The deployment that runs it; empty for a job that was begun earlier.'),
    outputUri: z.string().describe('The folder of its results: azureml://datastores/NAME/paths/PATH/.'),
    inputUri: z.string().describe('What it reads; empty for a job that was begun earlier.'),
    uploadedBytes: z.number().describe('Bytes that were uploaded; 0 when the content was there already.'),
    downloadedFiles: z.number().describe('How many files were brought here.'),
  },
  rules: ({ service, input, job, deployment, output, download, noWait, dryRun }) => {
    if (job === undefined)
      return [
        ...(service === undefined ? [{ key: 'service' as const, fault: 'is required, or a job' }] : []),
        ...(input === undefined ? [{ key: 'input' as const, fault: 'is required, or a job' }] : []),
        ...(download !== undefined && noWait
          ? [{ key: 'download' as const, fault: 'cannot be given together with noWait: there is nothing to bring yet' }]
          : []),
      ]
    const ofNew = { service, input, deployment, output }
    return [
      ...(['service', 'input', 'deployment', 'output'] as const)
        .filter((key) => ofNew[key] !== undefined)
        .map((key) => ({ key, fault: 'cannot be given together with a job that was begun already' })),
      ...(dryRun
        ? [{ key: 'dryRun' as const, fault: 'cannot be given together with a job that was begun already' }]
        : []),
    ]
  },
  async run({ host, workspace }, inputs) {
    const { service, input, job, download, noWait, timeoutSeconds, dryRun } = inputs
    let running: BatchJob
    if (job !== undefined) running = await findBatchJob(workspace, job)
    else {
      if (service === undefined || input === undefined) throw new InputError('A service and an input are required.')
      const plan = await planBatchJob(workspace, { ...inputs, service, input })
      if (dryRun) {
        host.log.info(`Would run ${plan.deployment} of ${service} over ${plan.input.description}.`)
        return {
          ...{ jobName: '', state: 'planned', deployment: plan.deployment, inputUri: plan.input.uri },
          ...{ outputUri: plan.output.uri, uploadedBytes: 0, downloadedFiles: 0 },
        }
      }
      running = await beginBatchJob({ host, workspace }, plan)
    }
    const { name, deployment, inputUri, uploadedBytes, output } = running
    const link = studioLink({ ...workspace.address, job: name })
    const told = {
      jobName: name,
      deployment,
      inputUri,
      uploadedBytes,
      outputUri: output?.uri ?? '',
      downloadedFiles: 0,
    }
    if (noWait) {
      const state = running.state
      host.log.info(`The job goes on; wait for it by ${host.spelling('job')} ${name}.`)
      await host.summary(`The job **${cell(name)}** was begun.${link ? ` [Studio](${link})` : ''}`)
      return { ...told, state }
    }
    const { state, output: place } = await awaitJob({ host, workspace }, { name, timeoutSeconds, told })
    const found = output ?? place
    const outputs = { ...told, state, outputUri: found?.uri ?? '' }
    if (download !== undefined) {
      if (!found) throw new UserError(`The job "${name}" does not say where its results are.`, { outputs })
      const files = await host.group(`Bring the results of ${name} to ${download}`, () =>
        downloadFiles({
          ...{ container: found.container, prefix: found.path, folder: download, signal: host.signal },
          progress: (progress) => host.progress(progress),
        }),
      )
      outputs.downloadedFiles = files.length
    }
    await host.summary(
      [
        `### ${cell(name)}: ${state}`,
        '',
        '| | |',
        '|---|---|',
        ...(deployment === '' ? [] : [`| Deployment | ${deployment} |`]),
        ...(inputUri === '' ? [] : [`| Input | ${cell(inputUri)} |`]),
        `| Results | ${cell(outputs.outputUri)} |`,
        ...(link ? [`| Studio | ${link} |`] : []),
      ].join('\n'),
    )
    return outputs
  },
})
