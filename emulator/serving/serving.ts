import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ScoringRuntime, ScoringServerError, type ScoringServerSpec } from '../../core/runtime/scoringServer.ts'
import { assetReference, assetVersion } from '../blobs/assetReference.ts'
import { AddressError } from '../blobs/blobAddress.ts'
import type { BlobClient } from '../blobs/blobClient.ts'
import type { DeploymentRecord, DeploymentSettings } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { type DeploymentContent, deploymentContent } from './deploymentContent.ts'
import { deploymentFolder } from './deploymentFolder.ts'
import { RunningServer } from './runningServer.ts'

/** What answers requests for one deployment now. */
export interface ServedDeployment {
  readonly server: RunningServer
  readonly generation: number
  readonly requestTimeoutMilliseconds: number
  readonly maxConcurrentRequestsPerInstance: number
}

/** Runs what is deployed. */
export class Serving {
  readonly #folder: string
  readonly #workspace: { readonly identity: WorkspaceIdentity; readonly state: WorkspaceState }
  readonly #runtime: Promise<ScoringRuntime>
  readonly #blobs: () => Promise<BlobClient>
  readonly #log: (line: string) => void
  readonly #served = new Map<string, ServedDeployment>()
  readonly #starting = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor(options: {
    readonly folder: string
    readonly workspace: { readonly identity: WorkspaceIdentity; readonly state: WorkspaceState }
    readonly runtime: Promise<ScoringRuntime>
    readonly blobs: () => Promise<BlobClient>
    readonly log: (line: string) => void
  }) {
    this.#folder = options.folder
    this.#workspace = options.workspace
    this.#runtime = options.runtime
    this.#blobs = options.blobs
    this.#log = options.log
  }

  get(endpoint: string, deployment: string): ServedDeployment | undefined {
    return this.#served.get(`${endpoint}/${deployment}`)
  }

  /**
   * Resolves when a deployment serves with these settings. Until then, and when it does not come to that, what it
   * served before goes on. Rejects with the text that Azure has for it.
   */
  async bring(options: {
    readonly record: DeploymentRecord
    readonly settings: DeploymentSettings
    readonly signal: AbortSignal
  }): Promise<void> {
    const { record, settings, signal } = options
    const key = `${record.endpoint}/${record.name}`
    const before = this.#served.get(key)
    if (before?.generation === settings.generation) return
    const content = deploymentContent(settings.properties)
    const folder = this.#generationFolder(record, settings.generation)
    const starting = this.#start({
      name: `${record.endpoint}-${record.name}`,
      folder,
      content,
      signal: AbortSignal.any([signal, this.#closing.signal]),
    }).then((server) => {
      this.#served.set(key, {
        server,
        generation: settings.generation,
        requestTimeoutMilliseconds: content.requestTimeoutMilliseconds,
        maxConcurrentRequestsPerInstance: content.maxConcurrentRequestsPerInstance,
      })
    })
    this.#starting.add(starting)
    await starting.finally(() => this.#starting.delete(starting))
    if (before === undefined) return
    await before.server.retire(before.requestTimeoutMilliseconds)
    await rm(this.#generationFolder(record, before.generation), { recursive: true, force: true })
  }

  /** Takes a deployment out of service, answers what it has taken, and removes its files. */
  async retire(endpoint: string, deployment: string): Promise<void> {
    const key = `${endpoint}/${deployment}`
    const served = this.#served.get(key)
    this.#served.delete(key)
    await served?.server.retire(served.requestTimeoutMilliseconds)
    await rm(join(this.#folder, endpoint, deployment), { recursive: true, force: true })
  }

  /** The last lines of what the newest generation, or the preparation of its files, has logged. */
  async logs(options: {
    readonly record: DeploymentRecord
    readonly part: 'InferenceServer' | 'StorageInitializer'
    readonly tail: number
  }): Promise<string> {
    const { record, part, tail } = options
    const generation = record.pending?.generation ?? record.generation
    const file = join(
      this.#generationFolder(record, generation),
      part === 'InferenceServer' ? 'server.log' : 'storage.log',
    )
    const text = await readFile(file, 'utf8').catch(() => '')
    return text
      .split('\n')
      .slice(-tail - (text.endsWith('\n') ? 1 : 0))
      .join('\n')
  }

  /** Resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#starting)
    await Promise.all([...this.#served.values()].map(({ server }) => server.retire(0)))
  }

  async #start(options: {
    readonly name: string
    readonly folder: string
    readonly content: DeploymentContent
    readonly signal: AbortSignal
  }): Promise<RunningServer> {
    const { name, folder, content, signal } = options
    await mkdir(folder, { recursive: true })
    try {
      const files = await deploymentFolder({ folder, content, workspace: this.#workspace, blobs: this.#blobs, signal })
      const image = this.#image(content)
      const spec: ScoringServerSpec = {
        name,
        sourceDirectory: files.code,
        entryScript: content.scoringScript ?? 'score.py',
        ...(files.models.length > 0 ? { modelsRoot: files.modelsRoot } : {}),
        models: files.models,
        environmentVariables: content.environmentVariables,
        ...(image === undefined ? {} : { image }),
        logFile: join(folder, 'server.log'),
        // The caller is told first (408); the script is ended soon after.
        requestTimeoutMilliseconds: content.requestTimeoutMilliseconds + 5_000,
      }
      const { readyMilliseconds } = content
      const server = new RunningServer({ runtime: await this.#runtime, spec, readyMilliseconds, log: this.#log })
      await server.start(signal)
      return server
    } catch (error) {
      throw new Error(failureText(error), { cause: error })
    }
  }

  /** What the environment says to run in. Environments of registries are not here; they are taken as the runtime's own. */
  #image({ environment }: DeploymentContent): string | undefined {
    const { identity, state } = this.#workspace
    const reference = environment === undefined ? undefined : assetReference(environment, identity)
    if (reference === undefined) return undefined
    const image = assetVersion(state, reference)?.properties.image
    return typeof image === 'string' ? image : undefined
  }

  #generationFolder({ endpoint, name }: DeploymentRecord, generation: number): string {
    return join(this.#folder, endpoint, name, String(generation))
  }
}

/** As Azure words it; the code stands inside the message there as well. */
function failureText(error: unknown): string {
  const seeGuide = 'Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-resourcenotready'
  if (error instanceof ScoringServerError)
    return `ResourceNotReady: User container has crashed or terminated: ${error.message} ${seeGuide}`
  if (error instanceof AddressError) return `BadArgument: The storage initializer failed: ${error.message}`
  return `ResourceNotReady: ${error instanceof Error ? error.message : error} ${seeGuide}`
}
