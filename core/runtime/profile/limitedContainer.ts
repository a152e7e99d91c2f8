import type Docker from 'dockerode'
import { UserError } from '../../errors.ts'
import { answersLiveness } from '../readiness.ts'

const inContainer = '5001/tcp'

/** A scoring image that runs under limits of its control group. */
export interface LimitedContainer {
  readonly container: Docker.Container
  readonly url: string
  limitCpu(cpu: number): Promise<void>
  /** Whether the kernel has ended something in it for want of memory, or it has ended. */
  failed(): Promise<boolean>
  remove(): Promise<void>
}

/** Runs an image with so much memory and no more, swap included. Throws a UserError when it does not become ready. */
export async function limitedContainer(options: {
  readonly engine: Docker
  readonly image: string
  readonly cpu: number
  readonly memoryGiB: number
  readonly variables: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}): Promise<LimitedContainer> {
  const { engine, image, cpu, memoryGiB, variables, signal } = options
  const bytes = Math.round(memoryGiB * 2 ** 30)
  const container = await engine
    .createContainer({
      Image: image,
      Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      Labels: { 'azureml-cd.role': 'profile' },
      HostConfig: {
        ...{ Init: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] },
        ...{ Memory: bytes, MemorySwap: bytes, NanoCpus: nano(cpu) },
        PortBindings: { [inContainer]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
      },
    })
    .catch((cause: unknown) => {
      throw new UserError(`The image ${image} cannot be run: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      })
    })
  const remove = () => container.remove({ force: true, v: true }).catch(() => undefined)
  const failed = async () => {
    const { State: state } = await container.inspect()
    return !state.Running || state.OOMKilled
  }
  try {
    await container.start()
    const { NetworkSettings: network } = await container.inspect()
    const url = `http://127.0.0.1:${network.Ports[inContainer]?.[0]?.HostPort}`
    await ready({ url, failed, signal })
    return { container, url, failed, remove, limitCpu: (wanted) => container.update({ NanoCpus: nano(wanted) }) }
  } catch (error) {
    const { State: state } = await container.inspect()
    await remove()
    signal.throwIfAborted()
    if (error instanceof NotReady)
      throw new UserError(
        state.OOMKilled || state.ExitCode === 137
          ? `The image ${image} does not even start with ${memoryGiB} GiB of memory.`
          : `The image ${image} ended with exit code ${state.ExitCode} before it was ready.`,
      )
    throw error
  }
}

class NotReady extends Error {}

async function ready(options: {
  readonly url: string
  readonly failed: () => Promise<boolean>
  readonly signal: AbortSignal
}): Promise<void> {
  const { url, failed, signal } = options
  const ended = new AbortController()
  const looking = setInterval(async () => {
    if (await failed().catch(() => true)) ended.abort(new NotReady())
  }, 250)
  try {
    await answersLiveness(url, AbortSignal.any([signal, ended.signal, AbortSignal.timeout(600_000)]))
  } finally {
    clearInterval(looking)
  }
}

const nano = (cpu: number) => Math.round(cpu * 1e9)
