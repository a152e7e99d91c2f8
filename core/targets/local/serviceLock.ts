import { setTimeout as pause } from 'node:timers/promises'
import type Docker from 'dockerode'
import { UserError } from '../../errors.ts'
import { isAbandoned, ownerLabels } from '../../runtime/containerOwner.ts'
import { isNotFound } from '../../runtime/dockerEngine.ts'
import { emptyImage } from '../../runtime/emptyImage.ts'
import { labels } from './record.ts'
import { removeContainer, servingName } from './serviceContainers.ts'

const lookMilliseconds = 200

/**
 * Does something to a service while nobody else does, whoever uses this engine. What is held is the name of a container
 * that is never started, which the engine gives to one only; one whose holder was killed is removed by its id, so that
 * nobody removes another's by mistake. Throws a UserError when it takes longer than `waitSeconds`.
 */
export async function withServiceLock<T>(
  options: {
    readonly engine: Docker
    readonly service: string
    readonly waitSeconds: number
    readonly signal: AbortSignal
  },
  body: () => Promise<T>,
): Promise<T> {
  const { engine, service, waitSeconds, signal } = options
  const name = `${servingName(service)}-lock`
  const image = await emptyImage(engine)
  const until = Date.now() + waitSeconds * 1000
  for (;;) {
    signal.throwIfAborted()
    const held = await take({ engine, name, image, service })
    if (held)
      try {
        return await body()
      } finally {
        await removeContainer(held)
      }
    const holder = await holderOf(engine, name)
    if (holder === undefined) continue
    if (isAbandoned(holder.owner)) await removeContainer(holder.container)
    else if (Date.now() >= until) throw busyError(service, waitSeconds)
    else await pause(lookMilliseconds, undefined, { signal }).catch(() => undefined)
  }
}

export function busyError(service: string, waitSeconds: number): UserError {
  return new UserError(
    `Another run is working on the service "${service}" of this machine and was not done after ${waitSeconds} s.`,
    { hint: 'Try again when it is done. Nothing was changed.' },
  )
}

async function take(wanted: {
  readonly engine: Docker
  readonly name: string
  readonly image: string
  readonly service: string
}): Promise<Docker.Container | undefined> {
  const { engine, name, image, service } = wanted
  try {
    return await engine.createContainer({
      name,
      Image: image,
      Entrypoint: ['-'],
      Labels: { ...ownerLabels('local-service'), [labels.service]: service, [labels.role]: 'lock' },
    })
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 409) return undefined
    throw error
  }
}

async function holderOf(engine: Docker, name: string) {
  try {
    const { Id: id, Config: config } = await engine.getContainer(name).inspect()
    return { container: engine.getContainer(id), owner: config.Labels }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
