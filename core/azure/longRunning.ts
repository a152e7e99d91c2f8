import { z } from 'zod'
import { UserError } from '../errors.ts'
import { parseAnswer } from './answers.ts'
import { AzureError, correlationIdOf, isBusy } from './armError.ts'
import { unwrapErrorBody } from './errorBody.ts'
import type { ArmAnswer, ArmClient, ArmRequest } from './pipeline.ts'
import { retryAfterMilliseconds } from './retry.ts'

/** A wait that reached its deadline; the operation may still finish. */
export class DeadlineError extends UserError {
  override readonly name: string = 'DeadlineError'
  readonly doing: string
  readonly deadlineSeconds: number
  /** The state it was in when the deadline passed, such as `Updating`. */
  readonly lastState: string

  constructor(details: { readonly doing: string; readonly deadlineSeconds: number; readonly lastState: string }) {
    const { doing, deadlineSeconds, lastState } = details
    super(`While ${doing}, the deadline of ${deadlineSeconds} s passed; the state was still "${lastState}".`, {
      hint: 'It may yet finish: run again to continue, or allow more time.',
    })
    this.doing = doing
    this.deadlineSeconds = deadlineSeconds
    this.lastState = lastState
  }
}

export interface LongRunningOptions {
  /** One hour when missing. */
  readonly deadlineSeconds?: number | undefined
  /** Called after every look, with the service's own word for the state. */
  readonly onState?: ((state: string, elapsedSeconds: number) => void) | undefined
  /** What to do when another change of the same resource is under way: wait for it to end (default), or fail. */
  readonly whenBusy?: 'wait' | 'fail' | undefined
}

const status = z.looseObject({ status: z.string().optional() })
const provisioned = z.looseObject({
  properties: z.looseObject({ provisioningState: z.string().optional() }).optional(),
})

/**
 * Sends a request that starts a long-running operation and waits for its end, by the rules of azureml-api.md 3.1.
 * Returns the resource as it is afterwards; after a deletion, whether there was something to delete. Not `@azure/core-lro`, because that loses
 * the text of a failure whose code is null, which is how Azure ML reports that a container crashed.
 * Throws an AzureError with the operation's own error, or a DeadlineError.
 */
export async function runLongRunning(
  client: ArmClient,
  request: ArmRequest,
  options: LongRunningOptions = {},
): Promise<unknown> {
  const wait = new Wait(client, request.doing, options)
  const answer = await startWhenFree(client, request, wait, options.whenBusy ?? 'wait')
  const operation =
    answer.response.headers.get('azure-asyncoperation') ?? answer.response.headers.get('operation-location')
  const location = answer.response.headers.get('location')
  if (operation) {
    await wait.until(() => lookAtOperation(client, operation, request.doing))
    return finalState(client, request, location)
  }
  // On a 201 Location names the new resource itself, not an operation.
  if (location && answer.status === 202) {
    const last = await wait.until(() => lookAtLocation(client, location, request.doing))
    return request.method === 'PUT' || request.method === 'DELETE' ? finalState(client, request, undefined) : last
  }
  if (request.method === 'DELETE') {
    if (answer.status === 202) await wait.until(() => lookForAbsence(client, request))
    return answer.status !== 204
  }
  if (request.method === 'POST') return answer.body
  const first = lookAtProvisioning(answer, request.doing)
  if (first.done) return answer.body
  return wait.until(async () => lookAtProvisioning(await read(client, request), request.doing))
}

interface Look {
  readonly state: string
  readonly done: boolean
  readonly body: unknown
  readonly retryAfterMilliseconds?: number | undefined
}

/** Looks again and again: at once quickly, because a fast service should look fast, then ever more patiently. */
class Wait {
  readonly #client: ArmClient
  readonly #doing: string
  readonly #options: LongRunningOptions
  readonly #started: number
  #pauseMilliseconds = 100

  constructor(client: ArmClient, doing: string, options: LongRunningOptions) {
    this.#client = client
    this.#doing = doing
    this.#options = options
    this.#started = client.clock.now()
  }

  async until(look: () => Promise<Look>): Promise<unknown> {
    while (true) {
      const { state, done, body, retryAfterMilliseconds } = await look()
      this.#options.onState?.(state, (this.#client.clock.now() - this.#started) / 1000)
      if (done) return body
      await this.again(state, retryAfterMilliseconds)
    }
  }

  async again(state: string, askedMilliseconds?: number): Promise<void> {
    const { deadlineSeconds = 3600 } = this.#options
    const { clock, signal } = this.#client
    const left = this.#started + deadlineSeconds * 1000 - clock.now()
    if (left <= 0) throw new DeadlineError({ doing: this.#doing, deadlineSeconds, lastState: state })
    await clock.pause(Math.min(askedMilliseconds ?? this.#pauseMilliseconds, left), signal)
    this.#pauseMilliseconds = Math.min(this.#pauseMilliseconds * 2, 5000)
  }
}

async function startWhenFree(
  client: ArmClient,
  request: ArmRequest,
  wait: Wait,
  whenBusy: 'wait' | 'fail',
): Promise<ArmAnswer> {
  while (true) {
    try {
      return await client.send(request)
    } catch (error) {
      if (whenBusy === 'fail' || !isBusy(error)) throw error
      client.log.debug(`While ${request.doing}, another change was under way; waiting for it to end.`)
      await wait.again('Busy')
    }
  }
}

async function lookAtOperation(client: ArmClient, url: string, doing: string): Promise<Look> {
  const answer = await client.send({ method: 'GET', path: url, doing })
  const state =
    parseAnswer(status, answer.body ?? {}, doing).status ?? (answer.status === 202 ? 'Running' : 'Succeeded')
  return judge(state, answer, client, doing)
}

async function lookAtLocation(client: ArmClient, url: string, doing: string): Promise<Look> {
  const answer = await client.send({ method: 'GET', path: url, doing })
  return judge(answer.status === 202 ? 'Running' : 'Succeeded', answer, client, doing)
}

function lookAtProvisioning(answer: ArmAnswer, doing: string): Look {
  const state = parseAnswer(provisioned, answer.body ?? {}, doing).properties?.provisioningState ?? 'Succeeded'
  return judge(state, answer, undefined, doing)
}

async function lookForAbsence(client: ArmClient, request: ArmRequest): Promise<Look> {
  try {
    return { ...lookAtProvisioning(await read(client, request), request.doing), done: false }
  } catch (error) {
    if (error instanceof AzureError && error.status === 404) return { state: 'Deleted', done: true, body: undefined }
    throw error
  }
}

// Words such as "Updating" are not in any list of states; whatever is not an end means: go on.
function judge(state: string, answer: ArmAnswer, client: ArmClient | undefined, doing: string): Look {
  const word = state.toLowerCase()
  if (word === 'failed' || word === 'canceled' || word === 'cancelled') {
    const { code, message } = unwrapErrorBody(answer.body)
    throw new AzureError({
      doing,
      how: `the operation ended in the state "${state}"`,
      code: code ?? (word === 'failed' ? undefined : 'Canceled'),
      reason: message ?? 'The service does not say why.',
      correlationId: correlationIdOf(answer.response),
    })
  }
  return {
    state,
    done: word === 'succeeded',
    body: answer.body,
    retryAfterMilliseconds: client && retryAfterMilliseconds(answer.response, client.clock),
  }
}

async function finalState(client: ArmClient, request: ArmRequest, location: string | undefined): Promise<unknown> {
  if (request.method === 'DELETE') return true
  if (request.method === 'PUT' || request.method === 'PATCH') return (await read(client, request)).body
  return location ? (await client.send({ method: 'GET', path: location, doing: request.doing })).body : undefined
}

function read(client: ArmClient, { path, doing }: ArmRequest): Promise<ArmAnswer> {
  return client.send({ method: 'GET', path, doing })
}
