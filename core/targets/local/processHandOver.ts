import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import { endProcess } from '../../runtime/endProcess.ts'
import { startProcess } from '../../runtime/process.ts'
import { identityOf, isRunning, type ProcessIdentity } from '../../runtime/processIdentity.ts'
import { inspectPython } from '../../runtime/python.ts'
import { ScoringServerError } from '../../runtime/scoringServer.ts'
import type { Delivery, ServedModel, TargetContext } from '../target.ts'
import { lastLines } from './lastLines.ts'
import { proveAt, versionsOf } from './localServices.ts'
import { drained, startFront } from './processFront.ts'
import type { ProcessFolder, ProcessRecord } from './processRecord.ts'
import { type CodeSource, fillVersionFolder } from './versionFolder.ts'

/** What a version is made of, besides its code. */
export interface WantedProcess {
  readonly models: readonly ServedModel[]
  readonly entryScript: string
  readonly codeDigest: string
  readonly python: string
  readonly variables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

/** How long what is replaced may take to answer the requests it has, and then to end. */
const drainMilliseconds = 10_000
const graceMilliseconds = 30_000

const nothing = { serving: null, front: null, leftovers: [] }

/**
 * Proves a version as a process beside the one that serves, and lets it take over: by one renamed file, which the front
 * reads at every connection. What is started is written down before it does anything, and ends with this process until
 * it has been proven; so a kill at any moment leaves a service that serves and a record of what else there is.
 */
export async function deliverProcess(
  options: TargetContext & {
    readonly order: Delivery
    readonly folder: ProcessFolder
    readonly record: ProcessRecord
    readonly deployment: string
    /** 0 is any that is free. */
    readonly port: number
    readonly code: CodeSource
    readonly wanted: WantedProcess
  },
): Promise<void> {
  const { host, workspace, order, folder, record, deployment, code, wanted } = options
  const { serving: before, front: frontBefore } = record
  const { models } = wanted
  const name = `${deployment}-${randomBytes(4).toString('hex')}`
  const path = folder.versionPath(name)
  const logFile = join(path, 'server.log')
  const registered = await versionsOf(workspace, models)
  await fillVersionFolder({ host, workspace, folder: path, code, models: registered })
  const python = await inspectPython(wanted.python)

  const started: ProcessIdentity[] = []
  const note = async (pid: number) => {
    const identity = identityOf(pid)
    if (identity) started.push(identity)
    await folder.write({ ...record, leftovers: [...record.leftovers, ...started] })
  }
  const server = await startProcess({
    spec: {
      ...{ name: deployment, sourceDirectory: join(path, 'code'), entryScript: wanted.entryScript, logFile },
      ...{ modelsRoot: join(path, 'models'), models, environmentVariables: wanted.variables },
    },
    ...{ python, server: 'auto', graceMilliseconds: 2_000, onProcess: note },
  })
  const port = Number(new URL(server.url).port)
  try {
    await host.group(`Prove ${deployment} of ${order.service}`, async () => {
      await readyInTime(server, { deployment, ...order.policy, signal: host.signal })
      await proveAt({ workspace, order, deployment, port })
    })
  } catch (error) {
    await server.stop()
    if (error instanceof ScoringServerError)
      await host.group('Log of the server', async () => host.log.info(await lastLines(logFile, 200)))
    throw error
  }
  const [process] = started
  if (!process) throw new UserError(`The process of "${deployment}" ended while it was proven.`)

  const frontPort = options.port
  const keepsFront = frontBefore?.port === frontPort && isRunning(frontBefore)
  const reached = keepsFront
    ? frontPort
    : await startFront({ folder, python: python.executable, port: frontPort, onProcess: note })
  const [, newFront] = started
  const front = keepsFront ? frontBefore : newFront && { ...newFront, port: reached }
  if (!front) throw new UserError(`The front of "${order.service}" ended as soon as it had started.`)

  host.signal.throwIfAborted()
  await server.release()
  // From this moment on the new one serves.
  await folder.write({
    service: order.service,
    serving: { ...wanted, models: [...models], deployment, process, port, folder: name },
    front,
    leftovers: [...(before ? [before.process] : []), ...(frontBefore && !keepsFront ? [bare(frontBefore)] : [])],
  })
  if (before && frontBefore)
    await drained({ folder, front: frontBefore, port: before.port, waitMilliseconds: drainMilliseconds })
  await endLeftovers(folder)
}

/** Ends what a run has left, gently, and deletes its files. Answers with the record as it is then. */
export async function endLeftovers(folder: ProcessFolder): Promise<ProcessRecord> {
  const record = (await folder.read()) ?? { ...nothing, service: folder.service }
  await Promise.all(record.leftovers.map((identity) => endProcess(identity, graceMilliseconds)))
  const clean = { ...record, leftovers: [] }
  if (record.leftovers.length > 0) await folder.write(clean)
  await folder.keepOnly(record.serving?.folder)
  return clean
}

function bare({ pid, started }: ProcessIdentity): ProcessIdentity {
  return { pid, started }
}

async function readyInTime(
  server: Awaited<ReturnType<typeof startProcess>>,
  limits: { readonly deployment: string; readonly timeoutSeconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const { deployment, timeoutSeconds, signal } = limits
  const limit = AbortSignal.timeout(timeoutSeconds * 1000)
  try {
    await server.ready({ signal: AbortSignal.any([signal, limit]) })
  } catch (error) {
    signal.throwIfAborted()
    if (!limit.aborted) throw error
    throw new ScoringServerError(`The deployment "${deployment}" was not ready after ${timeoutSeconds} s.`)
  }
}
