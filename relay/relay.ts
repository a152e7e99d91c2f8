import { type Log, plainText } from '../core/index.ts'
import type { WakeUps } from '../core/trigger/index.ts'
import { Acceptance } from './acceptance.ts'
import { jsonAnswer, ownTrouble, Refusal, textAnswer } from './answers.ts'
import { limitedBody } from './body/limitedBody.ts'
import { parseJson } from './body/parseJson.ts'
import { type GridEvent, readEvents } from './eventGrid/events.ts'
import { cloudEventsHandshake, eventGridHandshake, validationType } from './eventGrid/handshake.ts'
import { RelayMetrics } from './metrics.ts'
import { readDatabricks } from './registries/databricks.ts'
import { readMlflow } from './registries/mlflow.ts'
import type { RegistryNews } from './registries/registryNews.ts'
import type { FetchKeys } from './senders/entra.ts'
import { type SenderCheck, senderCheck } from './senders/sender.ts'
import type { RegistryWebhook, RelaySettings } from './settings.ts'
import { isReader, readerAsked } from './status/reader.ts'
import { type RelayStatus, statusPage } from './status/statusPage.ts'

/** The receiver: one handler, the same whoever hosts it. */
export interface Relay {
  /** Answers every request; never rejects. */
  fetch(request: Request): Promise<Response>
  /** For a host that was handed events by Azure itself. Rejects when they could not be stored. */
  takeEvents(events: readonly GridEvent[]): Promise<void>
  readonly metrics: RelayMetrics
}

/** More at the same time would only wait for the store, and be told to come back anyway. */
const mostAtOnce = 1024

export interface RelayOptions {
  readonly settings: RelaySettings
  readonly wakeUps: WakeUps
  readonly log: Log
  /** Told after something was stored. */
  readonly accepted?: (() => void) | undefined
  /** What the status page shows besides the relay itself. */
  readonly status?: (() => Promise<RelayStatus>) | undefined
  /** Whether the relay can do its work; a reason when it cannot. */
  readonly health?: (() => Promise<string | undefined>) | undefined
  /** Where the figures go; its own when there is none. */
  readonly metrics?: RelayMetrics | undefined
  readonly fetchKeys?: FetchKeys | undefined
  readonly now?: (() => number) | undefined
}

type Route = (request: Request) => Promise<Response>

export function createRelay(options: RelayOptions): Relay {
  const { settings, log, now = Date.now } = options
  const { metrics = new RelayMetrics() } = options
  const acceptance = new Acceptance({
    ...{ wakeUps: options.wakeUps, workspaces: settings.workspaces, metrics, log, now },
    accepted: options.accepted ?? (() => undefined),
  })
  const checkSender = settings.eventGrid && senderCheck(settings.eventGrid, options.fetchKeys)
  const { mlflow, databricks } = settings
  const routes = new Map<string, Route>([
    ['GET /healthz', () => health(options)],
    ['GET /metrics', (request) => readable(settings, request, () => metricsAnswer(metrics))],
    ['GET /', (request) => readable(settings, request, async () => statusPage(await options.status?.()))],
    ...(checkSender === undefined
      ? []
      : ([
          ['OPTIONS /events', async (request) => cloudEventsHandshake(request)],
          ['POST /events', (request) => takeGridEvents({ request, checkSender, acceptance })],
        ] satisfies [string, Route][])),
    ...registryRoute('mlflow', mlflow, acceptance, now, ({ headers }, body, secret) =>
      readMlflow(headers, body, secret),
    ),
    ...registryRoute('databricks', databricks, acceptance, now, ({ headers }, body, secret) =>
      readDatabricks({ headers, body, secret, now: now() }),
    ),
  ])
  let atOnce = 0
  return {
    metrics,
    takeEvents: (events) => acceptance.takeEvents(events),
    async fetch(request) {
      const started = performance.now()
      const { pathname } = new URL(request.url)
      const name = `${request.method} ${pathname}`
      const route = routes.get(name)
      atOnce += 1
      try {
        const answer =
          route === undefined
            ? unknownRoute(pathname, routes)
            : atOnce > mostAtOnce
              ? ownTrouble()
              : await answered(route, request, log)
        metrics.observeRequest(route ? name : 'unknown', answer.status, (performance.now() - started) / 1000)
        return answer
      } finally {
        atOnce -= 1
      }
    },
  }
}

async function answered(route: Route, request: Request, log: Log): Promise<Response> {
  try {
    return await route(request)
  } catch (error) {
    if (error instanceof Refusal) {
      log.warning(plainText(`A request to ${new URL(request.url).pathname} is refused: ${error.message}`))
      return jsonAnswer(error.status, { error: error.message })
    }
    log.error(plainText(`A request could not be taken: ${error instanceof Error ? error.message : String(error)}`))
    return ownTrouble()
  }
}

function unknownRoute(pathname: string, routes: ReadonlyMap<string, Route>): Response {
  const allowed = [...routes.keys()].filter((name) => name.endsWith(` ${pathname}`)).map((name) => name.split(' ')[0])
  return allowed.length === 0
    ? jsonAnswer(404, { error: 'There is nothing here.' })
    : jsonAnswer(405, { error: `Allowed here: ${allowed.join(', ')}.` }, { allow: allowed.join(', ') })
}

async function takeGridEvents(one: {
  readonly request: Request
  readonly checkSender: SenderCheck
  readonly acceptance: Acceptance
}): Promise<Response> {
  const { request, checkSender, acceptance } = one
  // Who sends it is known before a byte of the body is read.
  await checkSender(request)
  const { events, unreadable } = readEvents(parseJson(await limitedBody(request)))
  const [first] = events
  if (first?.type === validationType) {
    if (!acceptance.isWatched(first.topic)) throw new Refusal(403, 'Events of this topic are not wanted.')
    return eventGridHandshake(first)
  }
  await acceptance.takeEvents(events, unreadable)
  return jsonAnswer(200, { accepted: true })
}

function registryRoute(
  source: 'mlflow' | 'databricks',
  webhook: RegistryWebhook | undefined,
  acceptance: Acceptance,
  now: () => number,
  read: (request: Request, body: string, secret: string) => RegistryNews,
): [string, Route][] {
  if (webhook === undefined) return []
  const { workspaceId, secret } = webhook
  const take: Route = async (request) => {
    const { isWanted, ...news } = read(request, await limitedBody(request), secret)
    if (!isWanted) acceptance.leave(source, 'another type')
    else if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$/.test(news.model)) acceptance.leave(source, 'unreadable')
    else await acceptance.take([{ ...news, workspaceId, source, receivedAt: new Date(now()).toISOString() }])
    return jsonAnswer(200, { accepted: true })
  }
  return [[`POST /${source}`, take]]
}

async function health({ health: check }: RelayOptions): Promise<Response> {
  const trouble = await check?.()
  return trouble === undefined ? jsonAnswer(200, { status: 'ok' }) : jsonAnswer(503, { status: 'not ready' })
}

async function readable(
  { statusToken }: RelaySettings,
  request: Request,
  answer: () => Promise<Response>,
): Promise<Response> {
  return statusToken !== undefined && isReader(request, statusToken) ? await answer() : readerAsked()
}

async function metricsAnswer(metrics: RelayMetrics): Promise<Response> {
  const { text, contentType } = await metrics.text()
  return textAnswer(200, text, { 'content-type': contentType })
}
