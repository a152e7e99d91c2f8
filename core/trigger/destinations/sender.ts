import type { Dispatcher, request } from 'undici'
import { withinTime } from '../../azure/timeLimit.ts'
import { DispatchError } from '../destination.ts'
import { guardedConnector, NotConnected, type Reach, type Resolve } from './addressGuard.ts'
import { noProxy, type ProxyFor } from './proxySettings.ts'
import { proxiedConnector } from './proxyTunnel.ts'
import { remoteText } from './remoteText.ts'

export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
  /** What is being done, for errors: `creating a release of the definition 3`. */
  readonly doing: string
}

export interface Incoming {
  readonly status: number
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

const requestMilliseconds = 60_000
/** More of an answer is not read: what a dispatch needs of one is a few lines, what a look-up needs a page of runs. */
const longestAnswer = 16 * 1_048_576

/**
 * The way out to destinations: no redirect is followed, because it would carry the credential elsewhere; no address
 * that the destination may not have is connected to; nothing is sent twice by itself.
 */
export class Sender {
  readonly #reach: Reach
  readonly #resolve: Resolve | undefined
  readonly #proxyFor: ProxyFor
  #client: Promise<{ readonly agent: Dispatcher; readonly request: typeof request }> | undefined

  constructor(options: {
    readonly reach: Reach
    readonly resolve?: Resolve | undefined
    readonly proxyFor?: ProxyFor | undefined
  }) {
    this.#proxyFor = options.proxyFor ?? noProxy
    this.#reach = options.reach
    this.#resolve = options.resolve
  }

  /**
   * The answer, whatever its status but a redirect's.
   *
   * @throws DispatchError when none came; certain when nothing was sent
   */
  async send(outgoing: Outgoing): Promise<Incoming> {
    const { method, url, headers, body, doing } = outgoing
    this.#client ??= openClient(this.#reach, this.#proxyFor, this.#resolve)
    const { agent, request: ask } = await this.#client
    const answer = await withinTime({
      milliseconds: requestMilliseconds,
      signal: outgoing.signal,
      work: async (signal) => {
        const got = await ask(url, {
          ...{ method, signal, dispatcher: agent, headers: { ...headers } },
          ...(body === undefined ? {} : { body }),
        })
        return { status: got.statusCode, headers: headersOf(got.headers), text: await limitedText(got.body) }
      },
    }).catch((cause: unknown) => {
      throw failure({ doing, cause, wasAborted: outgoing.signal.aborted, isRead: method === 'GET' })
    })
    if (answer.status < 300 || answer.status > 399) return answer
    throw new DispatchError(
      `While ${doing}, ${new URL(url).host} answered ${answer.status}, a redirect to another address; those are not followed. Write the address that it leads to, or see whether the credential is still good: some services redirect to a page for signing in.`,
      // After "see other" the work is done; only 307 and 308 say that it is to be asked for elsewhere.
      { certain: method === 'GET' || answer.status === 307 || answer.status === 308, permanent: true },
    )
  }

  async close(): Promise<void> {
    const client = await this.#client
    await client?.agent.destroy()
  }
}

/** Loaded by the first that sends: most runs that know destinations send nothing. */
async function openClient(reach: Reach, proxyFor: ProxyFor, resolve: Resolve | undefined) {
  const { Agent, buildConnector, request: ask } = await import('./httpClient.ts')
  const direct = guardedConnector(buildConnector, reach, resolve)
  const agent = new Agent({
    connect: proxiedConnector({ direct, build: buildConnector, reach, proxyFor, resolve }),
    headersTimeout: requestMilliseconds,
    bodyTimeout: requestMilliseconds,
    maxHeaderSize: 65_536,
    // A destination may be told of several versions at once; none is left to wait behind a slow answer.
    connections: 16,
    pipelining: 1,
  })
  return { agent, request: ask }
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
}

async function limitedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > longestAnswer) throw new Error(`The answer is longer than ${longestAnswer} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function failure(failed: {
  readonly doing: string
  readonly cause: unknown
  readonly wasAborted: boolean
  readonly isRead: boolean
}): DispatchError {
  const { doing, cause, wasAborted, isRead } = failed
  const unconnected = causesOf(cause).find((one) => one instanceof NotConnected)
  if (unconnected)
    return new DispatchError(`While ${doing}: ${unconnected.message}`, {
      certain: true,
      permanent: unconnected.refused,
      cause,
    })
  const said = wasAborted
    ? 'the run was ended before an answer came'
    : `no whole answer came: ${remoteText(cause instanceof Error ? cause.message : String(cause))}`
  return new DispatchError(`While ${doing}, ${said}.`, { certain: isRead, permanent: false, cause })
}

function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  for (let one = error; one instanceof Error && chain.length < 8; one = one.cause) chain.push(one)
  return chain
}
