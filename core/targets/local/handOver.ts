import type Docker from 'dockerode'
import { UserError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { answersLiveness } from '../../runtime/readiness.ts'
import type { ServiceRecord } from './record.ts'
import { createFront, frontContainer, removeContainer, type ServerContainer, servingName } from './serviceContainers.ts'

/** How long a version that is replaced may take to answer the requests it has. */
const graceSeconds = 30

/**
 * Lets a proven container serve: it takes over the name that the front looks for, and only then does what served before
 * end, after its last answer. No connection is refused meanwhile: the front waits for a name that nobody has.
 */
export async function handOver(options: {
  readonly host: Pick<Host, 'log' | 'signal'>
  readonly engine: Docker
  readonly service: string
  readonly record: ServiceRecord
  readonly next: Docker.Container
  readonly before: readonly ServerContainer[]
}): Promise<void> {
  const { service, next, before } = options
  const name = servingName(service)
  const serving = before.find((one) => one.name === name)
  if (serving) await serving.container.rename({ name: `${name}-before-${serving.container.id.slice(0, 8)}` })
  try {
    await next.rename({ name })
    await ensureFront(options)
  } catch (error) {
    await next.rename({ name: `${name}-refused-${next.id.slice(0, 8)}` }).catch(() => undefined)
    if (serving) await serving.container.rename({ name })
    throw error
  }
  // Proven and serving: from now on the engine starts it again whenever it ends.
  await next.update({ RestartPolicy: { Name: 'unless-stopped' } })
  await endContainers(before)
}

/** Ends versions that are not to serve any more, after their last answers. */
export async function endContainers(containers: readonly ServerContainer[]): Promise<void> {
  for (const { container } of containers) {
    await container.update({ RestartPolicy: { Name: 'no' } }).catch(() => undefined)
    await container.stop({ t: graceSeconds }).catch(() => undefined)
    await removeContainer(container)
  }
}

/** The front, on the port of the record; one on another port is replaced. */
async function ensureFront(options: {
  readonly host: Pick<Host, 'signal'>
  readonly engine: Docker
  readonly service: string
  readonly record: ServiceRecord
}): Promise<void> {
  const { host, engine, service, record } = options
  const there = await frontContainer(engine, service)
  if (there && there.port !== record.port) await removeContainer(there.container)
  const kept = there?.port === record.port ? there : undefined
  const container = kept?.container ?? (await createFront({ engine, service, record }))
  if (!kept?.running)
    await container.start().catch(async (cause: unknown) => {
      await removeContainer(container)
      const text = cause instanceof Error ? cause.message : String(cause)
      throw new UserError(
        /already allocated|address already in use/i.test(text)
          ? `The port ${record.port} of this machine is taken by another program, so that "${service}" cannot be reached there.`
          : `The front of "${service}" could not be started: ${text}`,
        { cause },
      )
    })
  await answersLiveness(`http://127.0.0.1:${record.port}`, AbortSignal.any([host.signal, AbortSignal.timeout(60_000)]))
}
