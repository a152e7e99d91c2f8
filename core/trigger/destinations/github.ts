import type { createAppAuth } from '@octokit/auth-app'
import type { request } from '@octokit/request'
import type { GitHubAuth } from '../../config/destinationSchema.ts'
import { asDispatchError, beforeSending } from './dispatchFailure.ts'
import { refusedAnswer } from './refusedAnswer.ts'
import type { Surroundings } from './surroundings.ts'

type Client = typeof request
type AppAuth = ReturnType<typeof createAppAuth>

/** What a call needs of a repository; an app's token is asked for with no more than this. */
export type GitHubPermissions =
  | { readonly contents: 'write' }
  | { readonly actions: 'read' | 'write' }
  | { readonly contents: 'write'; readonly actions: 'read' }

export interface GitHubPlace {
  readonly repository: string
  readonly auth: GitHubAuth
  readonly api?: string | undefined
}

const publicApi = 'https://api.github.com'

/** Speaks to one repository, over the guarded sender and with the official client's types. */
export class GitHub {
  readonly owner: string
  readonly repo: string
  readonly #surroundings: Surroundings
  readonly #auth: GitHubAuth
  readonly #api: string
  #app: { readonly privateKey: string; readonly auth: AppAuth } | undefined
  #installation: number | undefined

  constructor({ repository, auth, api = publicApi }: GitHubPlace, surroundings: Surroundings) {
    const [owner = '', repo = ''] = repository.split('/')
    this.owner = owner
    this.repo = repo
    this.#surroundings = surroundings
    this.#auth = auth
    this.#api = api.replace(/\/+$/, '')
  }

  /**
   * Makes one call with a client that is signed in.
   *
   * @throws DispatchError
   */
  async call<Result>(options: {
    readonly doing: string
    readonly permissions: GitHubPermissions
    readonly signal: AbortSignal
    readonly make: (client: Client) => Promise<Result>
  }): Promise<Result> {
    const { doing, permissions, signal, make } = options
    const token = await this.#token(permissions, signal).catch((error: unknown) => {
      throw beforeSending(error, `signing in to GitHub for ${this.owner}/${this.repo}`)
    })
    const headers = { authorization: `token ${token}` }
    const client = await this.#client(doing, signal)
    return await make(client.defaults({ headers })).catch((error: unknown) => {
      throw asDispatchError(error, doing)
    })
  }

  async #token(permissions: GitHubPermissions, signal: AbortSignal): Promise<string> {
    const { readSecret } = this.#surroundings
    if (this.#auth.kind === 'token') return await readSecret(this.#auth.token)
    const privateKey = await readSecret(this.#auth.privateKey)
    if (this.#app?.privateKey !== privateKey) {
      const client = await this.#client(`signing in to GitHub as the app ${this.#auth.id}`)
      const { createAppAuth: signIn } = await import('@octokit/auth-app')
      this.#app = { privateKey, auth: signIn({ appId: this.#auth.id, privateKey, request: client }) }
    }
    const { auth } = this.#app
    const installationId = this.#auth.installationId ?? (await this.#installationId(auth, signal))
    const installation = { type: 'installation' as const, installationId, repositoryNames: [this.repo], permissions }
    const { token } = await auth(installation)
    return token
  }

  async #installationId(auth: AppAuth, signal: AbortSignal): Promise<number> {
    if (this.#installation !== undefined) return this.#installation
    const { token } = await auth({ type: 'app' })
    const client = await this.#client(`finding the app's installation for ${this.owner}/${this.repo}`, signal)
    const { data } = await client('GET /repos/{owner}/{repo}/installation', {
      ...{ owner: this.owner, repo: this.repo },
      headers: { authorization: `bearer ${token}` },
    })
    this.#installation = data.id
    return data.id
  }

  async #client(doing: string, signal = new AbortController().signal): Promise<Client> {
    const { sender, clock } = this.#surroundings
    const { request: client } = await import('@octokit/request')
    return client.defaults({
      baseUrl: this.#api,
      headers: { 'user-agent': 'azureml-cd', 'x-github-api-version': '2022-11-28' },
      request: {
        // Every answer that is no success leaves as a DispatchError, before the client reads it.
        fetch: async (url: string, init: FetchInit): Promise<Response> => {
          const method = init.method === 'GET' ? 'GET' : 'POST'
          const answer = await sender.send({ method, url, headers: init.headers, body: init.body, signal, doing })
          const { status } = answer
          if (status >= 400)
            throw refusedAnswer({ answer, doing, host: new URL(url).host, now: clock.now(), hint: hints[status] })
          return new Response(status === 204 || status === 205 ? null : answer.text, {
            status,
            headers: [...answer.headers],
          })
        },
      },
    })
  }
}

interface FetchInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

const hints: Readonly<Record<number, string>> = {
  401: 'The token is not, or no longer, good.',
  403: 'The token may not do this: a dispatch needs the permission contents: write, a workflow and its runs actions: write.',
  404: 'The repository or the workflow is not there, or the token may not see it.',
}
