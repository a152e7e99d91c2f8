import { resolve } from 'node:path'
import { digestFiles } from '../../azure/digestFiles.ts'
import { InputError, RefusedError } from '../../errors.ts'
import { oldLines } from '../../image/v1Names.ts'
import type { Scoring } from '../../rollout/probes.ts'
import { folderLock } from '../../runtime/folderLock.ts'
import { isRunning } from '../../runtime/processIdentity.ts'
import { inspectPython, type Python } from '../../runtime/python.ts'
import { ScoringServerError } from '../../runtime/scoringServer.ts'
import { contentDigest } from '../../trust/digest.ts'
import { deploymentFor } from '../deploymentFor.ts'
import type {
  Delivered,
  Delivery,
  DeployOrder,
  LogRequest,
  ServiceFiles,
  ServiceStatus,
  TargetContext,
  UpdateOrder,
} from '../target.ts'
import { lastLines } from './lastLines.ts'
import {
  contentName,
  deliveredFrom,
  type LocalServices,
  missingError,
  modelsWith,
  plannedFrom,
  scoringAt,
  sortedPairs,
  statusAt,
  UnprovenError,
  variablesOf,
} from './localServices.ts'
import { deliverProcess, endLeftovers, type WantedProcess } from './processHandOver.ts'
import { ProcessFolder, type ProcessRecord, serviceNames } from './processRecord.ts'
import { busyError } from './serviceLock.ts'

/** Services as processes of this machine's Python, for machines without Docker. They belong to the user who makes them. */
export class ProcessServices implements LocalServices {
  readonly #context: TargetContext

  constructor(context: TargetContext) {
    this.#context = context
  }

  async has(service: string): Promise<boolean> {
    return (await new ProcessFolder(service).read()) !== undefined
  }

  async check(files: ServiceFiles): Promise<void> {
    if (process.platform === 'win32')
      throw new InputError(
        'A service on this machine runs as a process on Linux and macOS; on Windows it needs Docker.',
      )
    await this.#python(files)
  }

  deploy(order: DeployOrder): Promise<Delivered> {
    return this.#alone(order, async (folder) => {
      const { files, models } = order
      const config = deploymentFor('local', files.deployment)
      const record = await folder.read()
      if (order.dryRun) return plannedFrom(record?.serving?.deployment)
      const python = await this.#python(files)
      await this.#tellWhatIsNotMade(files, python)
      const digested = await digestFiles({ files: files.code, signal: this.#context.host.signal })
      const wanted = {
        ...{ models: models.map(({ name, version }) => ({ name, version })), entryScript: files.scoringScript },
        ...{ codeDigest: contentDigest(digested), python: python.executable, tags: { ...config.tags } },
        variables: { ...variablesOf(files, config) },
      }
      return this.#deliver({
        ...{ order, folder, wanted, port: config.port ?? record?.front?.port ?? 0 },
        code: { kind: 'files', files: files.code },
      })
    })
  }

  update(order: UpdateOrder): Promise<Delivered> {
    return this.#alone(order, async (folder) => {
      const record = await folder.read()
      if (!record?.serving) throw missingError(order.service, undefined)
      const { serving } = record
      const models = modelsWith(order.service, serving.models, order.model)
      if (order.dryRun) return plannedFrom(serving.deployment)
      const { entryScript, codeDigest, python, variables, tags } = serving
      return this.#deliver({
        ...{ order, folder, wanted: { models, entryScript, codeDigest, python, variables, tags } },
        port: record.front?.port ?? 0,
        code: { kind: 'folder', folder: folder.versionPath(serving.folder, 'code') },
      })
    })
  }

  async #deliver(wanted: {
    readonly order: Delivery
    readonly folder: ProcessFolder
    readonly wanted: WantedProcess
    readonly port: number
    readonly code: Parameters<typeof deliverProcess>[0]['code']
  }): Promise<Delivered> {
    const { order, folder, port, code } = wanted
    const { host } = this.#context
    const { service } = order
    await folder.create()
    const record = await endLeftovers(folder)
    const { serving, front } = record
    const before = serving ? { [serving.deployment]: 100 } : {}
    const { models, entryScript, codeDigest, python, variables } = wanted.wanted
    const deployment = contentName(models, [entryScript, codeDigest, python, models, sortedPairs(variables)])
    const stands = serving?.deployment === deployment && front?.port === port && answers(record)
    if (stands) return deliveredFrom({ outcome: 'unchanged', before }, await this.status(service))
    try {
      await deliverProcess({ ...this.#context, order, folder, record, deployment, port, code, wanted: wanted.wanted })
    } catch (error) {
      const after = await endLeftovers(folder)
      if (!after.serving) await folder.remove()
      host.signal.throwIfAborted()
      const refused = error instanceof ScoringServerError || error instanceof UnprovenError
      if (!after.serving || !refused) throw error
      throw new RefusedError(`${error.message} ${after.serving.deployment} serves as before.`, { cause: error })
    }
    const status = await this.status(service)
    host.log.info(`The service "${service}" answers at ${status?.scoringUri}. Its log: ${await this.#logFile(folder)}`)
    return deliveredFrom({ outcome: 'promoted', before }, status)
  }

  async #logFile(folder: ProcessFolder): Promise<string> {
    return folder.versionPath((await folder.read())?.serving?.folder ?? '', 'server.log')
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    const record = await new ProcessFolder(service).read()
    if (!record?.serving) return undefined
    const { models, deployment } = record.serving
    const state = answers(record) ? 'Succeeded' : 'stopped'
    return statusAt({ ...{ service, models, deployment, state }, port: record.front?.port ?? record.serving.port })
  }

  async *list(): AsyncGenerator<string, void> {
    for (const service of await serviceNames()) if (await this.has(service)) yield service
  }

  async scoring(service: string, deployment?: string): Promise<Scoring> {
    const { front, serving } = await this.#found(service, deployment)
    return scoringAt(front?.port ?? serving.port)
  }

  async logs({ service, deployment, lines, container }: LogRequest): Promise<string> {
    if (container === 'init') throw new InputError('A service that runs as a process has one log only, the server’s.')
    const { folder, serving } = await this.#found(service, deployment)
    return lastLines(folder.versionPath(serving.folder, 'server.log'), lines)
  }

  async remove(service: string, { timeoutSeconds }: { readonly timeoutSeconds: number }): Promise<boolean> {
    return this.#locked({ service, waitSeconds: timeoutSeconds }, async (folder) => {
      const record = await folder.read()
      if (!record) {
        // What a run left that was killed before it wrote anything.
        await folder.remove()
        return false
      }
      const { serving, front, leftovers } = record
      await folder.write({
        ...{ service, serving: null, front: null },
        leftovers: [
          ...(front ? [{ pid: front.pid, started: front.started }] : []),
          ...(serving ? [serving.process] : []),
          ...leftovers,
        ],
      })
      await endLeftovers(folder)
      await folder.remove()
      return true
    })
  }

  async #found(service: string, deployment: string | undefined) {
    const folder = new ProcessFolder(service)
    const record = await folder.read()
    const serving = record?.serving
    if (!record || !serving || (deployment !== undefined && serving.deployment !== deployment))
      throw missingError(service, deployment)
    return { folder, front: record.front, serving }
  }

  /** Whoever only looks need not wait for anybody. */
  #alone<T>({ service, dryRun, policy }: Delivery, body: (folder: ProcessFolder) => Promise<T>): Promise<T> {
    return dryRun ? body(new ProcessFolder(service)) : this.#locked({ service, waitSeconds: policy.waitSeconds }, body)
  }

  async #locked<T>(
    { service, waitSeconds }: { readonly service: string; readonly waitSeconds: number },
    body: (folder: ProcessFolder) => Promise<T>,
  ): Promise<T> {
    const folder = new ProcessFolder(service)
    const lock = await folderLock({ folder: folder.lock, waitSeconds, signal: this.#context.host.signal })
    if (lock.kind === 'busy') throw busyError(service, waitSeconds)
    try {
      return await body(folder)
    } finally {
      await lock.release()
    }
  }

  #python(files: ServiceFiles): Promise<Python> {
    const { python = 'python3' } = deploymentFor('local', files.deployment)
    return inspectPython(python.includes('/') ? resolve(files.folder, python) : python)
  }

  /** What an image would have and this Python may not. */
  async #tellWhatIsNotMade({ inference, code }: ServiceFiles, python: Python): Promise<void> {
    const { log } = this.#context.host
    log.info(`It runs as a process of Python ${python.version} (${python.executable}).`)
    if (!python.inferenceServer)
      log.warning(
        'This Python has no azureml-inference-server-http, so a small stand-in with the same contract serves. Install that package for the server that images have.',
      )
    if (inference.environment !== undefined)
      log.warning(
        'The environment of the inference configuration is not made for a process: its base image, packages and Docker steps change nothing, and the packages of this Python are used as they are. Its variables are set.',
      )
    if ((await oldLines(code)).standIns)
      log.warning(
        'The code imports names of 2019 (sklearn.externals, azureml.core.model), which images put in place of what is missing; a process has only what its Python has.',
      )
  }
}

/** Whether whoever asks the service is answered. */
function answers({ serving, front }: ProcessRecord): boolean {
  return serving !== null && front !== null && isRunning(serving.process) && isRunning(front)
}
