import { randomUUID } from 'node:crypto'
import type { AppendBlobClient } from '@azure/storage-blob'
import { dockerEngine } from '../../core/runtime/dockerEngine.ts'
import type { BlobClient } from '../blobs/blobClient.ts'
import type { TrackedRecord } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import { type BuildOrder, buildOrder, dockerBuild } from './dockerBuild.ts'

/** The container that sources and logs of builds are in. */
const containerName = 'acr-builds'

/** Builds images for container registries, in the Docker engine of this machine, where the images stay. */
export class ImageBuilds {
  readonly #state: WorkspaceState
  readonly #blobs: () => Promise<BlobClient>
  readonly #account: string
  readonly #signature: (container: string) => Promise<string>
  readonly #running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>()

  constructor(options: {
    readonly state: WorkspaceState
    readonly blobs: () => Promise<BlobClient>
    readonly account: string
    /** A signature for a container of the account. */
    readonly signature: (container: string) => Promise<string>
  }) {
    this.#state = options.state
    this.#blobs = options.blobs
    this.#account = options.account
    this.#signature = options.signature
  }

  /** Where a source, a tar.gz, is put before it is built. */
  async uploadPlace(
    registry: string,
    origin: string,
  ): Promise<{ readonly uploadUrl: string; readonly relativePath: string }> {
    const relativePath = `${registry}/source/${randomUUID()}.tar.gz`
    await (await this.#blobs()).service.getContainerClient(containerName).createIfNotExists()
    return { uploadUrl: await this.#address(relativePath, origin), relativePath }
  }

  /** Where the log of a run is; it grows while the run is under way. */
  logAddress(key: string, origin: string): Promise<string> {
    return this.#address(logPath(key), origin)
  }

  start(key: string): void {
    const stop = new AbortController()
    const ended = this.#run(key, stop.signal).finally(() => this.#running.delete(key))
    this.#running.set(key, { stop, ended })
  }

  cancel(key: string): void {
    this.#running.get(key)?.stop.abort(new Canceled())
  }

  /** Begins again what a killed emulator was building. */
  resume(): void {
    for (const [key, { properties }] of [...this.#state.tracked.containerRegistryRuns.entries()])
      if (properties.status === 'Queued' || properties.status === 'Running') this.start(key)
  }

  async close(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort()
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  async #run(key: string, signal: AbortSignal): Promise<void> {
    const record = this.#show(key, { status: 'Running', startTime: new Date().toISOString() })
    if (!record) return
    const log = await this.#log(key)
    let status = 'Succeeded'
    try {
      const order = buildOrder(record.properties.request)
      const engine = await dockerEngine()
      const source = await this.#source(order)
      await dockerBuild({ engine, order, source, signal, log: (text) => log.write(text) })
      await log.write(`Run ID: ${record.name} was successful.\n`)
    } catch (error) {
      // The emulator ends: the run is begun again after its next start.
      if (signal.aborted && !(signal.reason instanceof Canceled)) return
      status = signal.aborted ? 'Canceled' : 'Failed'
      await log.write(`${error instanceof Error ? error.message : String(error)}\nRun ID: ${record.name} ${status}.\n`)
    }
    await log.end(status)
    this.#show(key, { status, finishTime: new Date().toISOString() })
  }

  #show(key: string, changed: Readonly<Record<string, string>>): TrackedRecord | undefined {
    const runs = this.#state.tracked.containerRegistryRuns
    const record = runs.get(key)
    return (
      record &&
      runs.set(key, {
        ...record,
        lastModifiedAt: new Date().toISOString(),
        properties: { ...record.properties, ...changed },
      })
    )
  }

  async #source({ sourceLocation }: BuildOrder): Promise<NodeJS.ReadableStream> {
    if (sourceLocation === undefined || /^[a-z]+:\/\//i.test(sourceLocation))
      throw new Error(
        `The source "${sourceLocation ?? ''}" is not one that was uploaded here; sources elsewhere are not fetched.`,
      )
    const { service } = await this.#blobs()
    const { readableStreamBody } = await service
      .getContainerClient(containerName)
      .getBlobClient(sourceLocation)
      .download()
    if (!readableStreamBody) throw new Error(`The source "${sourceLocation}" cannot be read.`)
    return readableStreamBody
  }

  async #log(key: string): Promise<BuildLog> {
    const container = (await this.#blobs()).service.getContainerClient(containerName)
    await container.createIfNotExists()
    const blob = container.getAppendBlobClient(logPath(key))
    await blob.create()
    return new BuildLog(blob)
  }

  async #address(path: string, origin: string): Promise<string> {
    return `${origin}/${this.#account}/${containerName}/${path}?${await this.#signature(containerName)}`
  }
}

class Canceled extends Error {
  constructor() {
    super('The run was canceled.')
  }
}

/** A log as ACR keeps it: a blob that is appended to, and marked when it is complete. */
class BuildLog {
  readonly #blob: AppendBlobClient
  #written: Promise<unknown> = Promise.resolve()

  constructor(blob: AppendBlobClient) {
    this.#blob = blob
  }

  write(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    const written = this.#written.then(async () => {
      await this.#blob.appendBlock(bytes, bytes.length)
    })
    this.#written = written
    return written
  }

  async end(status: string): Promise<void> {
    await this.#written
    await this.#blob.setMetadata({ complete: status === 'Succeeded' ? 'successful' : 'failed' })
  }
}

function logPath(key: string): string {
  const [registry = '', run = ''] = key.split('/')
  return `${registry}/logs/${run}.log`
}
