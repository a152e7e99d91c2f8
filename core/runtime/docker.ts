import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type Docker from 'dockerode'
import { attachContainer } from './attachContainer.ts'
import { isAbandoned, ownerFilter, ownerLabels } from './containerOwner.ts'
import { containerPlan, containerPort } from './containerPlan.ts'
import { dockerEngine, isNotFound } from './dockerEngine.ts'
import { earlyExit, readyBeforeExit } from './earlyExit.ts'
import { inspectPython, type Python } from './python.ts'
import { type ScoringImage, scoringImage } from './scoringImage.ts'
import { type ScoringRuntime, type ScoringServer, ScoringServerError, type ScoringServerSpec } from './scoringServer.ts'
import type { ServerChoice } from './serverProgram.ts'

const graceSeconds = 5

export interface DockerRuntimeOptions {
  /** This machine's interpreter, for images that are not here; `python3` by default. */
  readonly python?: string
  /** Whom leftovers are attributed to; `sweep` looks at this owner's containers only. */
  readonly owner?: string
  readonly server?: ServerChoice
  /** Whether an image that is not on this machine is pulled; otherwise it is done without. */
  readonly pull?: boolean
}

/**
 * Runs scoring servers in containers of this machine's Docker engine. Throws `UserError` when no local engine answers.
 */
export async function dockerRuntime(options: DockerRuntimeOptions = {}): Promise<ScoringRuntime> {
  const engine = await dockerEngine()
  const owner = options.owner ?? 'azureml-cd'
  let inspected: Promise<Python> | undefined
  const hostPython = () => {
    inspected ??= inspectPython(options.python ?? 'python3')
    return inspected
  }
  const { Version: version } = await engine.version()
  return {
    kind: 'docker',
    description: `containers of Docker ${version}`,
    start: (spec) => startContainer({ engine, owner, spec, options, hostPython }),
    sweep: () => sweep(engine, owner),
  }
}

interface Start {
  readonly engine: Docker
  readonly owner: string
  readonly spec: ScoringServerSpec
  readonly options: DockerRuntimeOptions
  readonly hostPython: () => Promise<Python>
}

async function startContainer(start: Start): Promise<ScoringServer> {
  const { engine, spec, options } = start
  await mkdir(dirname(spec.logFile), { recursive: true })
  const image = await scoringImage({
    engine,
    image: spec.image,
    python: start.hostPython,
    pull: options.pull ?? false,
  })
  if (image.note !== undefined) await appendFile(spec.logFile, `${image.note}\n`)
  return runContainer({ ...start, image })
}

async function runContainer(start: Start & { readonly image: ScoringImage }): Promise<ScoringServer> {
  const { engine, spec, image } = start
  const containerName = `azureml-cd-${spec.name.replaceAll(/[^\w.-]+/g, '-').slice(0, 100)}-${randomBytes(4).toString('hex')}`
  const plan = await containerPlan({
    spec,
    image: image.name,
    python: image.python,
    mounts: image.mounts,
    labels: ownerLabels(start.owner),
    containerName,
  })
  const logStart = await stat(spec.logFile).then(
    ({ size }) => size,
    () => 0,
  )
  const container = await engine.createContainer(plan).catch((cause: unknown) => {
    throw createFailure(spec, cause)
  })
  const attached = await attachContainer({
    engine,
    container,
    logFile: spec.logFile,
    server: start.options.server ?? 'auto',
  })
  try {
    await container.start()
  } catch (cause) {
    attached.detach()
    await container.remove({ force: true }).catch(() => undefined)
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new ScoringServerError(`The container of the scoring server "${spec.name}" could not be started: ${text}`, {
      cause,
    })
  }
  const running = { spec, exited: attached.exited, logStart }
  const port = await publishedPort(container)
  if (port === undefined) throw await earlyExit(running)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    exited: attached.exited,
    ready: ({ signal }) => readyBeforeExit(running, url, signal),
    stop: async () => {
      await container.stop({ t: graceSeconds }).catch((error: unknown) => {
        // 304 and 404: it has ended, or is gone, already.
        if (!isNotFound(error) && !isUnchanged(error)) throw error
      })
      await attached.exited
    },
  }
}

/** The port of 127.0.0.1 that leads into the container; undefined when the container is gone already. */
async function publishedPort(container: Docker.Container): Promise<string | undefined> {
  try {
    const { NetworkSettings: network } = await container.inspect()
    return network.Ports[`${containerPort}/tcp`]?.[0]?.HostPort
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function createFailure(spec: ScoringServerSpec, cause: unknown): ScoringServerError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/bind source path does not exist/i.test(text))
    return new ScoringServerError(
      `The Docker engine that answers here cannot see this machine's files, so code and models cannot be mounted: ${text}`,
      { cause, hint: 'Use an engine of this machine, or run scoring servers as processes.' },
    )
  return new ScoringServerError(`The container of the scoring server "${spec.name}" could not be created: ${text}`, {
    cause,
  })
}

async function sweep(engine: Docker, owner: string): Promise<void> {
  const containers = await engine.listContainers({ all: true, filters: { label: [ownerFilter(owner)] } })
  await Promise.all(
    containers
      .filter(({ Labels: labels }) => isAbandoned(labels))
      .map(({ Id: id }) =>
        engine
          .getContainer(id)
          .remove({ force: true, v: true })
          .catch((error: unknown) => {
            // 409: the engine is removing it at this moment.
            if (!isNotFound(error) && !(error instanceof Error && 'statusCode' in error && error.statusCode === 409))
              throw error
          }),
      ),
  )
}

function isUnchanged(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 304
}
