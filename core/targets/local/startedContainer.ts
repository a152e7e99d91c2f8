import type Docker from 'dockerode'
import { UserError } from '../../errors.ts'
import { answersLiveness } from '../../runtime/readiness.ts'
import { containerLog, publishedPort } from './serviceContainer.ts'

/**
 * Starts a container and waits until its entry script is loaded. Answers with its port of this machine.
 * Throws a UserError with the telling line of its log when it ends before, and the signal's reason.
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
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`${what} could not be started: ${text}`, { cause })
  })
  const ended = new AbortController()
  const exited = container.wait({ condition: 'not-running' }).then(
    () => ended.abort(),
    () => ended.abort(),
  )
  const limit = AbortSignal.timeout(timeoutSeconds * 1000)
  try {
    const port = await publishedPort(container)
    if (port === undefined) await exited
    else await answersLiveness(`http://127.0.0.1:${port}`, AbortSignal.any([signal, ended.signal, limit]))
    if (port !== undefined) return port
  } catch (error) {
    signal.throwIfAborted()
    if (!ended.signal.aborted && !limit.aborted) throw error
  }
  throw await whyNot({ container, what, timeoutSeconds, ended: ended.signal.aborted })
}

const exception = /^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b/
/** azureml-inference-server-http reports the script's own exception first, then this one around it. */
const wrapper = /UserScript(Import)?Exception\b/

async function whyNot(options: {
  readonly container: Docker.Container
  readonly what: string
  readonly timeoutSeconds: number
  readonly ended: boolean
}): Promise<UserError> {
  const { container, what, timeoutSeconds, ended } = options
  const log = await containerLog(container, 200)
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const last = lines.findLast((line) => exception.test(line) && !wrapper.test(line)) ?? lines.at(-1)
  const { State: state } = await container.inspect()
  const how = ended
    ? `ended with exit code ${state.ExitCode}${state.OOMKilled ? ' for want of memory' : ''} before it was ready`
    : `was not ready after ${timeoutSeconds} s`
  return new UserError(`${what} ${how}${last === undefined ? '.' : `: ${last}`}`, { outputs: { log } })
}
