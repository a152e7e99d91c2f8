import { Agent, type Dispatcher, request } from 'undici'
import { z } from 'zod'
import type { Emulator } from '../../emulator/index.ts'

/** An answer whose body was read as JSON, where it is JSON. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

type Speaking = Pick<
  Emulator,
  'url' | 'ca' | 'tenantId' | 'clientId' | 'clientSecret' | 'subscriptionId' | 'resourceGroup' | 'workspace'
>

/** A client that knows nothing of the emulator but its address, its authority and its credentials. */
export class Client {
  readonly emulator: Speaking
  readonly dispatcher: Dispatcher
  #token: string | undefined

  constructor(emulator: Speaking) {
    this.emulator = emulator
    this.dispatcher = new Agent({ connect: { ca: emulator.ca } })
  }

  get workspace(): string {
    const { subscriptionId, resourceGroup, workspace } = this.emulator
    return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  }

  async token(scope = `${this.emulator.url}/.default`): Promise<string> {
    const { tenantId, clientId, clientSecret } = this.emulator
    const { body } = await this.send('POST', `/${tenantId}/oauth2/v2.0/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      text: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope,
      }).toString(),
    })
    return z.object({ access_token: z.string() }).parse(body).access_token
  }

  /** `path` is below the workspace, or absolute when it starts with a slash, or a whole address. */
  async arm(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    this.#token ??= await this.token()
    const absolute = /^(\/|https:)/.test(path) ? path : `${this.workspace}${path === '' ? '' : `/${path}`}`
    const versioned = absolute.includes('api-version=')
      ? absolute
      : `${absolute}${absolute.includes('?') ? '&' : '?'}api-version=2025-09-01`
    return this.send(method, versioned, {
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { text: JSON.stringify(body) }),
    })
  }

  /** Waits for the operation that an answer has begun; answers its last state. */
  async finished(begun: Answer): Promise<{ readonly status: string; readonly error?: unknown }> {
    const at = z.string().parse(begun.headers['azure-asyncoperation'])
    for (;;) {
      const { body } = await this.arm('GET', at)
      const operation = z.looseObject({ status: z.string(), error: z.unknown().optional() }).parse(body)
      // Azure ML has a word of its own for what is under way.
      if (!['Updating', 'InProgress'].includes(operation.status)) return operation
      await new Promise((settle) => setTimeout(settle, 20))
    }
  }

  async send(
    method: Dispatcher.HttpMethod,
    path: string,
    options: { readonly headers?: Record<string, string>; readonly text?: string | Buffer } = {},
  ): Promise<Answer> {
    const answer = await request(path.startsWith('https:') ? path : `${this.emulator.url}${path}`, {
      method,
      dispatcher: this.dispatcher,
      ...(options.headers ? { headers: options.headers } : {}),
      ...(options.text === undefined ? {} : { body: options.text }),
    })
    const text = await answer.body.text()
    return { status: answer.statusCode, headers: answer.headers, body: parsed(text) }
  }

  async close(): Promise<void> {
    await this.dispatcher.destroy()
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
