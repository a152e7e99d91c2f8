import type Docker from 'dockerode'
import { UserError } from '../../errors.ts'
import { answersLiveness } from '../../runtime/readiness.ts'
import { containerLog, publishedPort } from './serviceContainers.ts'

/** What a version said before it ended, beside the error of how it did. */
export class NotReadyError extends UserError {
  override readonly name: string = 'NotReadyError'
  readonly log: string

  constructor(message: string, log: string) {
    super(message)
    this.log = log
  }
}

/**
 * Starts a container and waits until its entry script is loaded. Answers with its port of this machine.
 * Throws a NotReadyError with the telling line of its log when it ends before, and the signal's reason.
 */
export async function startContainer(options: {
  readonly container: Docker.Container
  /** For errors: `The new version of "diabetes"`. */
  readonly what: string
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
}): Promise<number> {
  const { container, what, timeoutSeconds, signal } = options
  await container.start().catch((cause: unknown) => {
    throw new UserError(`${what} could not be started: ${cause instanceof Error ? cause.message : cause}`, { cause })
  })
  const ended = new AbortController()
  const looking = lookForEnd(container, ended)
  const limit = AbortSignal.timeout(timeoutSeconds * 1000)
  try {
    const port = await publishedPort(container)
    if (port !== undefined) {
      await answersLiveness(`http://127.0.0.1:${port}`, AbortSignal.any([signal, ended.signal, limit]))
      return port
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!ended.signal.aborted && !limit.aborted) throw error
  } finally {
    clearInterval(looking)
  }
  throw await whyNot({ container, what, timeoutSeconds })
}

function lookForEnd(container: Docker.Container, ended: AbortController): NodeJS.Timeout {
  return setInterval(async () => {
    const { State: state } = await container.inspect().catch(() => gone)
    if (!state.Running) ended.abort()
  }, 200)
}

const gone = { State: { Running: false } }

const exception = /^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b/
/** azureml-inference-server-http reports the script's own exception first, then this one around it. */
const wrapper = /UserScript(Import)?Exception\b/

async function whyNot(options: {
  readonly container: Docker.Container
  readonly what: string
  readonly timeoutSeconds: number
}): Promise<NotReadyError> {
  const { container, what, timeoutSeconds } = options
  const log = await containerLog(container, 200)
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const last = lines.findLast((line) => exception.test(line) && !wrapper.test(line)) ?? lines.at(-1)
  const { State: state } = await container.inspect()
  const how = !state.Running
    ? `ended with exit code ${state.ExitCode}${state.OOMKilled ? ' for want of memory' : ''} before it was ready`
    : `was not ready after ${timeoutSeconds} s`
  return new NotReadyError(`${what} ${how}${last === undefined ? '.' : `: ${last}`}`, log)
}
