import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AzureError } from '../azure/armError.ts'
import type { ScoringRequest } from '../config/requests.ts'
import { bearerFor } from '../workspace/bearer.ts'
import type { Connection } from '../workspace/connection.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import { type ScoringAnswer, score } from '../workspace/scoring.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { firstDifference } from './expectations.ts'

/** What one request of a request file came to. */
export interface ProbeResult {
  readonly name: string
  /** 0 when no answer came. */
  readonly status: number
  readonly milliseconds: number
  /** The first way in which the answer is not as expected; undefined when it is. */
  readonly difference: string | undefined
}

/** Where and how a service, or one deployment of it, is scored. */
export interface Scoring {
  /** Requests are made below this address without its last segment, `/score`. */
  readonly scoringUri: string
  /** A key or a token, masked already; undefined where none is asked for. */
  readonly bearer: () => Promise<string | undefined>
  /** Only this one, whatever the traffic says. */
  readonly deployment?: string | undefined
  /** The name that the certificate must have, where it is not the address's. */
  readonly serverName?: string | undefined
  /** A service that was made to answer without TLS is given its key nevertheless. */
  readonly allowsPlain?: boolean | undefined
}

/** How an online endpoint is scored. */
export function endpointScoring(workspace: Workspace, endpoint: Endpoint, deployment?: string): Scoring {
  const { scoringUri } = endpoint
  if (!scoringUri) throw new Error(`The endpoint "${endpoint.name}" has no scoring URI yet.`)
  return { scoringUri, bearer: () => bearerFor(workspace, endpoint), deployment }
}

// What the front of a service answers while it does not yet know a deployment that has just become ready.
const notYet = new Set([404, 429, 502, 503])

/**
 * Sends every request of a request file, to one deployment whatever the traffic says or to whoever is served, and
 * compares the answers with what is expected. A request that the front cannot route yet is repeated for
 * `patienceSeconds`, one whose connection broke for `reconnectSeconds`.
 */
export async function sendProbes(options: {
  readonly connection: Pick<Connection, 'clock' | 'host' | 'httpClient'>
  readonly scoring: Scoring
  readonly requests: readonly ScoringRequest[]
  readonly patienceSeconds: number
  /** As `patienceSeconds` when missing. */
  readonly reconnectSeconds?: number | undefined
  readonly timeoutSeconds?: number | undefined
}): Promise<readonly ProbeResult[]> {
  const { connection, scoring, requests, patienceSeconds, timeoutSeconds } = options
  const { reconnectSeconds = patienceSeconds } = options
  const { deployment, serverName, allowsPlain } = scoring
  const base = scoring.scoringUri.replace(/\/score\/?$/, '')
  const bearer = await scoring.bearer()
  const results: ProbeResult[] = []
  for (const request of requests) {
    const body = await bodyOf(request)
    const send = () =>
      score({
        ...{ scoringUri: base + request.path, bearer, deployment, body, timeoutSeconds, serverName, allowsPlain },
        ...{ method: request.method, headers: request.headers },
        ...{ signal: connection.host.signal, httpClient: connection.httpClient },
      })
    const started = connection.clock.now()
    for (;;) {
      const answer = await answerOf(send)
      const result = resultOf(request, answer)
      const seconds = 'failure' in answer ? (answer.broken ? reconnectSeconds : 0) : patienceSeconds
      const mayCome = result.difference !== undefined && (result.status === 0 || notYet.has(result.status))
      if (!mayCome || connection.clock.now() - started >= seconds * 1000) {
        results.push(result)
        break
      }
      await connection.clock.pause(500, connection.host.signal)
    }
  }
  return results
}

function resultOf({ name, expect }: ScoringRequest, answer: ScoringAnswer | NoAnswer): ProbeResult {
  if ('failure' in answer) return { name, status: 0, milliseconds: 0, difference: answer.failure }
  const { status, milliseconds } = answer
  return { name, status, milliseconds, difference: firstDifference(expect, answer) }
}

interface NoAnswer {
  readonly failure: string
  /** The connection, not the time the answer took. */
  readonly broken: boolean
}

async function answerOf(send: () => Promise<ScoringAnswer>): Promise<ScoringAnswer | NoAnswer> {
  try {
    return await send()
  } catch (error) {
    if (error instanceof AzureError) return { failure: error.message, broken: error.code !== 'TimedOut' }
    throw error
  }
}

async function bodyOf({ body, position }: ScoringRequest): Promise<string | Uint8Array | undefined> {
  switch (body.kind) {
    case 'none':
      return undefined
    case 'json':
      return body.text
    case 'file':
      return readFile(resolve(dirname(position.file), body.path))
  }
}

/** The results as a Markdown table. */
export function probeTable(results: readonly ProbeResult[]): string {
  const rows = results.map(({ name, status, milliseconds, difference }) => {
    const outcome = difference === undefined ? '✔' : `✘ ${cell(difference)}`
    return `| ${cell(name)} | ${status || '–'} | ${milliseconds.toFixed(0)} | ${outcome} |`
  })
  return ['| Request | Status | ms | Result |', '|---|---|---|---|', ...rows].join('\n')
}

/** Text that may come from anywhere, as the content of one table cell. */
export function cell(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('`', "'")
    .replaceAll('<', '&lt;')
}
