import { Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
} from '@azure/core-rest-pipeline'
import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { AzureError } from '../azure/armError.ts'
import { openContainer } from '../azure/blobs.ts'
import type { ArmClient } from '../azure/pipeline.ts'
import type { ImageRegistry } from '../config/imageEnvironment.ts'
import { UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type BuildContext, contextArchive } from './buildContext.ts'
import { type BuildMessage, showBuild } from './buildLog.ts'
import { contextLabel } from './dockerfile.ts'

/** The last version of the Tasks surface that is stable (azureml-api.md 4). */
const apiVersion = '2019-04-01'

const uploadPlace = z.looseObject({ uploadUrl: z.url(), relativePath: z.string().min(1) })
const runAnswer = z.looseObject({ properties: z.looseObject({ runId: z.string(), status: z.string() }) })
const logPlace = z.looseObject({ logLink: z.url() })

const underWay = new Set(['Queued', 'Started', 'Running'])
const lookEverySeconds = 1

/**
 * Builds an image in a container registry of Azure (ACR Tasks), for agents without a Docker engine, and leaves it there.
 * The log is printed as it grows. Throws a UserError that names the step that failed.
 */
export async function buildInRegistry(options: {
  readonly host: Pick<Host, 'group' | 'log' | 'signal' | 'secret' | 'progress'>
  readonly client: ArmClient
  readonly httpClient?: HttpClient | undefined
  /** The registry's ARM id. */
  readonly registryId: string
  readonly context: BuildContext
  /** Without the registry: `repository:tag`. */
  readonly image: string
  readonly baseRegistry: ImageRegistry | undefined
  readonly buildArguments: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
}): Promise<void> {
  const { host, client, registryId, image } = options
  const post = async <T extends z.ZodType>(schema: T, path: string, doing: string, body?: unknown) =>
    parseAnswer(
      schema,
      (
        await client.send({
          method: 'POST',
          path: `${registryId}${path}`,
          query: { 'api-version': apiVersion },
          doing,
          body,
        })
      ).body,
      doing,
    )
  const place = await post(uploadPlace, '/listBuildSourceUploadUrl', 'asking the registry where to put a build context')
  await host.group('Upload the build context', () => upload({ ...options, url: place.uploadUrl }))
  const scheduled = await post(runAnswer, '/scheduleRun', `starting the build of ${image}`, {
    type: 'DockerBuildRequest',
    dockerFilePath: 'Dockerfile',
    platform: { os: 'Linux', architecture: 'amd64' },
    imageNames: [image],
    isPushEnabled: true,
    sourceLocation: place.relativePath,
    timeout: Math.min(Math.max(Math.round(options.timeoutSeconds), 300), 28_800),
    arguments: Object.entries(options.buildArguments).map(([name, value]) => ({ name, value, isSecret: true })),
    ...credentialsOf(options.baseRegistry),
  })
  const { runId } = scheduled.properties
  const path = `/runs/${encodeURIComponent(runId)}`
  const { logLink } = await post(logPlace, `${path}/listLogSasUrl`, `asking for the log of build ${runId}`)
  const status = async () => {
    const doing = `reading the build ${runId}`
    const { body } = await client.send({
      method: 'GET',
      path: `${registryId}${path}`,
      query: { 'api-version': apiVersion },
      doing,
    })
    return parseAnswer(runAnswer, body, doing).properties.status
  }
  const cancel = () =>
    client
      .send({
        method: 'POST',
        path: `${registryId}${path}/cancel`,
        query: { 'api-version': apiVersion },
        doing: `cancelling the build ${runId}`,
      })
      .catch((error: unknown) => host.log.debug(String(error)))
  const messages = followLog({ ...options, logLink, status, cancel, runId })
  await showBuild({ host, image, messages })
}

function credentialsOf(registry: ImageRegistry | undefined) {
  if (!registry) return {}
  const opaque = (value: string) => ({ type: 'Opaque', value })
  return {
    credentials: {
      sourceRegistry: { loginMode: 'Default' },
      customRegistries: {
        [registry.address]: { userName: opaque(registry.username), password: opaque(registry.password) },
      },
    },
  }
}

async function upload(options: {
  readonly host: Pick<Host, 'signal' | 'secret' | 'progress'>
  readonly httpClient?: HttpClient | undefined
  readonly context: BuildContext
  readonly url: string
}): Promise<void> {
  const { host, context, httpClient } = options
  const { address, container, name, token } = signedAddress(options.url)
  host.secret(token)
  const { client } = await openContainer({ url: `${address}/${container}`, access: { kind: 'sas', token }, httpClient })
  let done = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, callback) {
      done += chunk.length
      host.progress({ label: 'Uploading', done, unit: 'bytes' })
      callback(null, chunk)
    },
  })
  const archive = pipeline(contextArchive(context), createGzip(), counted, { signal: host.signal })
  const sending = client
    .getBlockBlobClient(name)
    .uploadStream(counted, 8 * 1024 * 1024, 4, { abortSignal: host.signal })
  await Promise.all([archive, sending])
}

/** The parts of a signed address of a blob, by host or by path. */
function signedAddress(url: string) {
  const { origin, pathname, search } = new URL(url)
  const parts = pathname.split('/').filter((part) => part !== '')
  const byPath = /^https?:\/\/(localhost|\d+\.\d+\.\d+\.\d+|\[)/.test(origin)
  const account = byPath ? `/${parts.shift() ?? ''}` : ''
  const container = parts.shift() ?? ''
  return {
    address: `${origin}${account}`,
    container,
    name: parts.map(decodeURIComponent).join('/'),
    token: search.slice(1),
  }
}

/** The lines of a log as it grows, and the failure the run ended with. */
async function* followLog(options: {
  readonly host: Pick<Host, 'signal' | 'secret'>
  readonly client: ArmClient
  readonly httpClient?: HttpClient | undefined
  readonly logLink: string
  readonly runId: string
  readonly timeoutSeconds: number
  readonly status: () => Promise<string>
  readonly cancel: () => Promise<unknown>
}): AsyncGenerator<BuildMessage, void> {
  const { host, client, logLink, status, cancel, runId, timeoutSeconds } = options
  host.secret(new URL(logLink).search.slice(1))
  const { clock } = client
  const deadline = clock.now() + timeoutSeconds * 1000
  const http = options.httpClient ?? createDefaultHttpClient()
  let seen = 0
  let rest: Buffer = Buffer.alloc(0)
  try {
    for (;;) {
      const state = await status()
      const more = await readFrom({ http, logLink, from: seen, signal: host.signal })
      seen += more.length
      const known = Buffer.concat([rest, more])
      const whole = known.lastIndexOf('\n') + 1
      rest = known.subarray(whole)
      for (const text of known.toString('utf8', 0, whole).split(/\r?\n/)) yield { kind: 'line', text }
      if (!underWay.has(state)) {
        yield { kind: 'line', text: rest.toString('utf8') }
        if (state !== 'Succeeded') yield { kind: 'error', text: `The registry's run ${runId} ended as ${state}` }
        return
      }
      if (clock.now() > deadline)
        throw new UserError(`The registry's run ${runId} did not end within ${timeoutSeconds} s and was cancelled.`)
      await clock.pause(lookEverySeconds * 1000, host.signal)
    }
  } catch (error) {
    await cancel()
    throw error
  }
}

async function readFrom(options: {
  readonly http: HttpClient
  readonly logLink: string
  readonly from: number
  readonly signal: AbortSignal
}): Promise<Buffer> {
  const { http, logLink, from, signal } = options
  const doing = 'reading the log of a build'
  const headers = createHttpHeaders({ range: `bytes=${from}-`, 'x-ms-version': '2024-11-04' })
  // As bytes: the end of what is there so far may lie within a character.
  const streamResponseStatusCodes = new Set([200, 206])
  const request = createPipelineRequest({ url: logLink, headers, abortSignal: signal, streamResponseStatusCodes })
  const response = await http.sendRequest(request).catch((failure: unknown) => {
    signal.throwIfAborted()
    throw AzureError.fromFailure(doing, failure)
  })
  // Not there yet, or nothing new.
  if (response.status === 404 || response.status === 416) return Buffer.alloc(0)
  if (response.status >= 400) throw AzureError.fromAnswer(doing, response)
  const whole = response.readableStreamBody ? await buffer(response.readableStreamBody) : Buffer.alloc(0)
  return response.status === 206 ? whole : whole.subarray(from)
}

/** Labels are not part of a build that a registry runs, so that they stand in the Dockerfile. */
export function labelled(context: BuildContext): BuildContext {
  const text = `${context.dockerfile.trimEnd()}\nLABEL ${contextLabel}=${context.digest}\n`
  const files = context.files.map((file) =>
    file.path === 'Dockerfile' && file.kind === 'text' ? { ...file, text } : file,
  )
  return { ...context, dockerfile: text, files }
}
