import { z } from 'zod'
import type { SecretReference } from '../../config/secretReference.ts'
import { DispatchError } from '../destination.ts'
import { beforeSending } from './dispatchFailure.ts'
import { refusedAnswer } from './refusedAnswer.ts'
import { remoteText } from './remoteText.ts'
import type { Surroundings } from './surroundings.ts'

/** Azure DevOps as an application in Entra. */
const scope = '499b84ac-1321-427f-aa17-267ca6975798/.default'
const apiVersion = '7.1'

export interface AzureDevOpsPlace {
  readonly organization: string
  readonly project: string
  readonly token?: SecretReference | undefined
}

/** Where a call goes: classic releases of Azure DevOps Services live on a host of their own. */
export type Service = 'pipelines' | 'release'

/** Speaks to one project. */
export class AzureDevOps {
  readonly #place: AzureDevOpsPlace
  readonly #surroundings: Surroundings

  constructor(place: AzureDevOpsPlace, surroundings: Surroundings) {
    this.#place = place
    this.#surroundings = surroundings
  }

  /**
   * Makes one call; its answer is parsed with the schema. `continuation` leads to the next page of a list.
   *
   * @throws DispatchError
   */
  async call<Schema extends z.ZodType>(options: {
    readonly doing: string
    readonly service: Service
    /** Below `_apis`, for instance `release/releases`. */
    readonly path: string
    readonly query?: Readonly<Record<string, string | number | undefined>> | undefined
    /** Makes it a POST. */
    readonly body?: unknown
    readonly schema: Schema
    readonly signal: AbortSignal
  }): Promise<{ readonly value: z.output<Schema>; readonly continuation: string | undefined }> {
    const { doing, service, path, query = {}, body, schema, signal } = options
    const { sender, clock } = this.#surroundings
    const authorization = await this.#authorization(signal).catch((error: unknown) => {
      throw beforeSending(error, `signing in to Azure DevOps for ${doing}`)
    })
    const url = new URL(
      `${serviceAddress(this.#place.organization, service)}/${encodeURIComponent(this.#place.project)}/_apis/${path}`,
    )
    url.searchParams.set('api-version', apiVersion)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value))
    const answer = await sender.send({
      method: body === undefined ? 'GET' : 'POST',
      url: url.href,
      headers: {
        authorization,
        accept: 'application/json',
        'user-agent': 'azureml-cd',
        // Otherwise a refused credential is answered with the page for signing in.
        'x-tfs-fedauthredirect': 'Suppress',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...{ body: body === undefined ? undefined : JSON.stringify(body), signal, doing },
    })
    // 203: the credential was not taken, and what came is a page for signing in.
    const status = answer.status === 203 ? 401 : answer.status
    if (status >= 400)
      throw refusedAnswer({
        ...{ doing, host: url.host, now: clock.now(), hint: hints[status] },
        answer: { ...answer, status, text: answer.status === 203 ? '' : answer.text },
      })
    const parsed = schema.safeParse(json(answer.text))
    if (parsed.success) return { value: parsed.data, continuation: answer.headers.get('x-ms-continuationtoken') }
    throw new DispatchError(
      `While ${doing}, ${url.host} answered ${answer.status} with something else than documented: ${remoteText(z.prettifyError(parsed.error))}`,
      { certain: body === undefined, permanent: false },
    )
  }

  async #authorization(signal: AbortSignal): Promise<string> {
    const { readSecret, credential } = this.#surroundings
    if (this.#place.token !== undefined) {
      const token = await readSecret(this.#place.token)
      return `Basic ${Buffer.from(`:${token}`).toString('base64')}`
    }
    const entra = await credential()
    const token = await entra.getToken(scope, { abortSignal: signal })
    if (token === null) throw new Error('Entra gave no token.')
    return `Bearer ${token.token}`
  }
}

/** The address of an organization or server collection; releases of Azure DevOps Services are elsewhere. */
export function serviceAddress(organization: string, service: Service): string {
  const url = new URL(/^https?:/.test(organization) ? organization : `https://dev.azure.com/${organization}`)
  if (service === 'release') {
    if (url.hostname === 'dev.azure.com') url.hostname = 'vsrm.dev.azure.com'
    else if (url.hostname.endsWith('.visualstudio.com') && !url.hostname.endsWith('.vsrm.visualstudio.com'))
      url.hostname = url.hostname.replace(/\.visualstudio\.com$/, '.vsrm.visualstudio.com')
  }
  return url.href.replace(/\/+$/, '')
}

const hints: Readonly<Record<number, string>> = {
  401: 'The credential is not, or no longer, good.',
  403: 'The credential may not do this in the project.',
  404: 'The project, the definition or the pipeline is not there, or the credential may not see it.',
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
