import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { blobAddress } from '../blobs/blobAddress.ts'
import type { BlobClient } from '../blobs/blobClient.ts'
import { downloadBlobs } from '../blobs/downloadBlobs.ts'
import type { EventGrid } from '../events/eventGrid.ts'
import { type BatchRunRecord, bagOf, type VersionRecord } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { batchScript } from './batchScript.ts'
import { deploymentContent } from './deploymentContent.ts'
import { deploymentFolder } from './deploymentFolder.ts'

export type JobStatus = 'Preparing' | 'Running' | 'Completed' | 'Failed' | 'Canceled'

/** Runs what batch endpoints were asked for, as processes of this machine; the results go to the blob store. */
export class BatchJobs {
  readonly #folder: string
  readonly #workspace: { readonly identity: WorkspaceIdentity; readonly state: WorkspaceState }
  readonly #blobs: () => Promise<BlobClient>
  readonly #python: string
  readonly #events: EventGrid
  readonly #running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>()

  constructor(options: {
    readonly folder: string
    readonly workspace: { readonly identity: WorkspaceIdentity; readonly state: WorkspaceState }
    readonly blobs: () => Promise<BlobClient>
    readonly python: string
    readonly events: EventGrid
  }) {
    this.#folder = options.folder
    this.#workspace = options.workspace
    this.#blobs = options.blobs
    this.#python = options.python
    this.#events = options.events
  }

  /** Accepts a job and begins it; answers the job's resource. */
  start(wanted: Omit<BatchRunRecord, 'job' | 'output'> & { readonly output: string | undefined }): VersionRecord {
    const { state } = this.#workspace
    const job = `batchjob-${randomUUID()}`
    const output = wanted.output ?? `azureml://datastores/workspaceblobstore/paths/azureml/${job}/score`
    const { deployment } = wanted
    state.batchRuns.set(job, { ...wanted, job, output })
    const record = state.jobs.set(job, {
      ...state.created(),
      ...{ name: job, version: '' },
      properties: {
        jobType: 'Pipeline',
        status: 'Preparing',
        tags: {
          ...{ 'azureml.batchrun': 'true', 'azureml.deploymentname': deployment },
          'azureml.jobtype': 'azureml.batchjob',
        },
        outputs: { score: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount', uri: `${shortForm(output)}/` } },
      },
    })
    this.#begin(job)
    return record
  }

  /** Begins again what a killed emulator had accepted and not finished. */
  resume(): void {
    for (const { job } of [...this.#workspace.state.batchRuns.children()]) this.#begin(job)
  }

  /** False when the job is not running. */
  cancel(job: string): boolean {
    const running = this.#running.get(job)
    running?.stop.abort(new Canceled())
    return running !== undefined
  }

  async close(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort()
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  #begin(job: string): void {
    const stop = new AbortController()
    const ended = this.#run(job, stop.signal)
      .then(
        (): JobStatus => 'Completed',
        (): JobStatus | undefined =>
          stop.signal.aborted ? (stop.signal.reason instanceof Canceled ? 'Canceled' : undefined) : 'Failed',
      )
      .then((status) => {
        this.#running.delete(job)
        // Interrupted by the emulator's end: it is begun again after the next start.
        if (status === undefined) return
        this.#show(job, status)
        this.#workspace.state.batchRuns.delete(job)
      })
    this.#running.set(job, { stop, ended })
  }

  #show(job: string, status: JobStatus): void {
    const { jobs } = this.#workspace.state
    const record = jobs.get(job)
    if (!record) return
    jobs.set(job, {
      ...record,
      lastModifiedAt: new Date().toISOString(),
      properties: { ...record.properties, status },
    })
    const subject = `experiments/Default/runs/${job}`
    const run = { runId: job, runType: 'azureml.batchjob', runTags: record.properties.tags, runProperties: {} }
    const data = { experimentId: null, experimentName: 'Default', ...run }
    this.#events.publish({ type: 'RunStatusChanged', subject, data: { ...data, runStatus: status } })
    if (status === 'Completed') this.#events.publish({ type: 'RunCompleted', subject, data })
  }

  async #run(job: string, signal: AbortSignal): Promise<void> {
    const run = this.#workspace.state.batchRuns.get(job)
    if (!run) throw new Error(`There is nothing to run for the job ${job}.`)
    const folder = join(this.#folder, job)
    const logFile = join(folder, 'stdout.txt')
    await rm(folder, { recursive: true, force: true })
    try {
      const model = bagOf(run.properties.model).assetId
      const content = deploymentContent({ ...run.properties, model: typeof model === 'string' ? model : null })
      const client = await this.#blobs()
      const common = { workspace: this.#workspace, blobs: this.#blobs, signal }
      const files = await deploymentFolder({ folder, content, ...common })
      const inputs: string[] = []
      for (const [index, uri] of run.inputs.entries()) {
        const into = join(folder, 'inputs', String(index))
        const address = blobAddress(uri, this.#workspace)
        await downloadBlobs({ client, address, folder: into, keepBasename: false, signal })
        const names = await readdir(into, { recursive: true, withFileTypes: true })
        inputs.push(
          ...names
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
            .sort(),
        )
      }
      this.#show(job, 'Running')
      const output = join(folder, 'output')
      await batchScript({ python: this.#python, run, content, files, inputs, output, logFile, signal })
      await this.#upload(output, run.output, signal)
    } finally {
      if (!signal.aborted || signal.reason instanceof Canceled) {
        await this.#uploadLog(job, logFile).catch(() => undefined)
        await rm(folder, { recursive: true, force: true })
      }
    }
  }

  async #upload(folder: string, uri: string, signal: AbortSignal): Promise<void> {
    const { container, path } = blobAddress(uri, this.#workspace)
    const target = (await this.#blobs()).service.getContainerClient(container)
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const file of entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)))
      await target
        .getBlockBlobClient([path, ...relative(folder, file).split(sep)].filter((part) => part !== '').join('/'))
        .uploadFile(file, { abortSignal: signal })
  }

  async #uploadLog(job: string, logFile: string): Promise<void> {
    const uri = `azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${job}/logs/azureml/stdout.txt`
    const { container, path } = blobAddress(uri, this.#workspace)
    await (await this.#blobs()).service.getContainerClient(container).getBlockBlobClient(path).uploadFile(logFile)
  }
}

class Canceled extends Error {}

/** Jobs show where their outputs are by the datastore's name, whatever form was asked for. */
function shortForm(uri: string): string {
  return uri.replace(
    /^(?:azureml:\/{0,2})?\/?subscriptions\/.+?\/workspaces\/[^/]+\/datastores\//i,
    'azureml://datastores/',
  )
}
