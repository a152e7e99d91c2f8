import { createHash, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { type FakeAnswer, type FakeRequest, FakeServer } from '../fakeServer.ts'
import { installationAnswer, installationTokenAnswer, runAnswer } from './answers.ts'

export type Permissions = Readonly<Record<string, 'read' | 'write'>>

export interface FakeRun {
  readonly id: number
  readonly event: 'repository_dispatch' | 'workflow_dispatch'
  readonly workflow: string
  readonly title: string
  readonly createdAt: Date
  /** The payload of a repository dispatch, or the inputs of a workflow's. */
  readonly given: Readonly<Record<string, unknown>>
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: string | null
}

interface Workflow {
  readonly event: FakeRun['event']
  /** The types of a repository dispatch that it listens to, or the inputs that it declares. */
  readonly takes: readonly string[]
  /** What `run-name` makes of the payload or the inputs. */
  readonly runName?: (given: Readonly<Record<string, unknown>>) => string
}

const dispatchBody = z.strictObject({
  event_type: z.string().min(1).max(100),
  client_payload: z
    .record(z.string(), z.unknown())
    .refine((payload) => Object.keys(payload).length <= 10)
    .refine((payload) => JSON.stringify(payload).length <= 65_535)
    .default({}),
})
const workflowBody = z.strictObject({
  ref: z.string(),
  inputs: z.record(z.string(), z.string()).default({}),
  return_run_details: z.boolean().default(false),
})
const tokenBody = z.strictObject({
  repositories: z.array(z.string()).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write'])).optional(),
})

const notFound: FakeAnswer = { status: 404, body: { message: 'Not Found', documentation_url: '' } }

/** GitHub, as far as a dispatcher sees it: dispatches, runs, and the sign-in of an app. */
export class FakeGitHub {
  readonly server: FakeServer
  readonly runs: FakeRun[] = []
  readonly workflows: Readonly<Record<string, Workflow>>
  /** A started run shows in lists only after this. */
  shownAfterMilliseconds = 0
  /** Like a GitHub Enterprise Server that does not know `return_run_details`. */
  isOld = false
  readonly #repository: string
  readonly #tokens = new Map<string, Permissions>()
  readonly #app: { readonly id: number; readonly publicKey: KeyObject; readonly granted: Permissions } | undefined

  constructor(options: {
    readonly repository: string
    readonly workflows: Readonly<Record<string, Workflow>>
    /** Tokens of people, with what they may do. */
    readonly tokens?: Readonly<Record<string, Permissions>>
    readonly app?: { readonly id: number; readonly publicKey: KeyObject; readonly granted: Permissions }
  }) {
    this.#repository = options.repository
    this.workflows = options.workflows
    for (const [token, permissions] of Object.entries(options.tokens ?? {})) this.#tokens.set(token, permissions)
    this.#app = options.app
    this.server = new FakeServer((request) => this.#handle(request))
  }

  #handle(request: FakeRequest): FakeAnswer {
    const { method, path } = request
    if (this.#app && method === 'POST' && path === '/app/installations/7/access_tokens') return this.#newToken(request)
    const prefix = `/repos/${this.#repository}`
    if (!path.startsWith(`${prefix}/`)) return notFound
    const rest = path.slice(prefix.length)
    if (this.#app && rest === '/installation')
      return this.#isApp(request)
        ? { status: 200, body: installationAnswer({ id: 7, appId: this.#app.id, permissions: this.#app.granted }) }
        : unauthorized
    const workflow = /^\/actions\/workflows\/([^/]+)\/(dispatches|runs)$/.exec(rest)
    if (method === 'POST' && rest === '/dispatches')
      return this.#permitted(request, 'contents', 'write') ?? this.#dispatch(request)
    if (method === 'POST' && workflow?.[2] === 'dispatches')
      return this.#permitted(request, 'actions', 'write') ?? this.#dispatchWorkflow(workflow[1] ?? '', request)
    if (method === 'GET' && (rest === '/actions/runs' || workflow?.[2] === 'runs'))
      return this.#permitted(request, 'actions', 'read') ?? this.#listRuns(workflow?.[1], request)
    const run = /^\/actions\/runs\/(\d+)$/.exec(rest)
    if (method === 'GET' && run) {
      const found = this.runs.find(({ id }) => id === Number(run[1]))
      return (
        this.#permitted(request, 'actions', 'read') ?? (found ? { status: 200, body: this.#shown(found) } : notFound)
      )
    }
    return notFound
  }

  /** Why the token of a request is not enough; undefined when it is. */
  #permitted({ headers }: FakeRequest, area: string, level: 'read' | 'write'): FakeAnswer | undefined {
    const token = /^(?:token|bearer) (\S+)$/i.exec(headers.authorization ?? '')?.[1]
    const permissions = token === undefined ? undefined : this.#tokens.get(token)
    if (!permissions) return unauthorized
    if (permissions[area] === 'write' || permissions[area] === level) return undefined
    return { status: 403, body: { message: 'Resource not accessible by integration', documentation_url: '' } }
  }

  #isApp({ headers }: FakeRequest): boolean {
    const jwt = /^bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    const [header = '', payload = '', signature = ''] = jwt.split('.')
    if (!this.#app || signature === '') return false
    const isSigned = verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${payload}`),
      this.#app.publicKey,
      Buffer.from(signature, 'base64url'),
    )
    const claims = z
      .object({ iss: z.coerce.number(), exp: z.number(), iat: z.number() })
      .parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    const now = Date.now() / 1000
    return isSigned && claims.iss === this.#app.id && claims.exp > now && claims.exp - now <= 600 && claims.iat <= now
  }

  #newToken(request: FakeRequest): FakeAnswer {
    if (!this.#isApp(request) || !this.#app) return unauthorized
    const asked = tokenBody.parse(request.text === '' ? {} : JSON.parse(request.text))
    const [, name = ''] = this.#repository.split('/')
    if (asked.repositories && !asked.repositories.includes(name))
      return {
        status: 422,
        body: { message: 'There is at least one repository that does not exist', documentation_url: '' },
      }
    const permissions = asked.permissions ?? this.#app.granted
    const token = `ghs_${createHash('sha256').update(`${this.#tokens.size}`).digest('hex').slice(0, 36)}`
    this.#tokens.set(token, permissions)
    return { status: 201, body: installationTokenAnswer({ token, permissions }) }
  }

  #dispatch({ text }: FakeRequest): FakeAnswer {
    const body = dispatchBody.safeParse(JSON.parse(text))
    if (!body.success) return invalid('Invalid request.')
    const { event_type: type, client_payload: given } = body.data
    for (const [name, { event, takes }] of Object.entries(this.workflows))
      if (event === 'repository_dispatch' && takes.includes(type)) this.#run({ name, given, otherwise: type })
    return { status: 204 }
  }

  #dispatchWorkflow(name: string, { text }: FakeRequest): FakeAnswer {
    const workflow = this.workflows[name]
    if (workflow?.event !== 'workflow_dispatch') return notFound
    const body = workflowBody.safeParse(JSON.parse(text))
    if (!body.success) return invalid('Invalid request.')
    const unexpected = Object.keys(body.data.inputs).filter((input) => !workflow.takes.includes(input))
    if (unexpected.length > 0) return invalid(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`)
    const { id } = this.#run({ name, given: body.data.inputs, otherwise: name })
    const run = `${this.server.url}/repos/${this.#repository}/actions/runs/${id}`
    return body.data.return_run_details && !this.isOld
      ? {
          status: 200,
          body: {
            workflow_run_id: id,
            run_url: run,
            html_url: `https://github.com/${this.#repository}/actions/runs/${id}`,
          },
        }
      : { status: 204 }
  }

  #run(started: {
    readonly name: string
    readonly given: Readonly<Record<string, unknown>>
    readonly otherwise: string
  }): FakeRun {
    const { name, given, otherwise } = started
    const workflow = this.workflows[name]
    const run: FakeRun = {
      id: 30_433_642 + this.runs.length,
      event: workflow?.event ?? 'repository_dispatch',
      workflow: name,
      title: workflow?.runName?.(given) ?? otherwise,
      createdAt: new Date(),
      given,
      status: 'queued',
      conclusion: null,
    }
    this.runs.push(run)
    return run
  }

  #listRuns(workflow: string | undefined, { query }: FakeRequest): FakeAnswer {
    const shownBefore = Date.now() - this.shownAfterMilliseconds
    const created = createdFilter(query.get('created'))
    const found = this.runs
      .filter((run) => run.createdAt.getTime() <= shownBefore)
      .filter((run) => workflow === undefined || run.workflow === workflow)
      .filter((run) => query.get('event') === null || run.event === query.get('event'))
      .filter((run) => created(Math.floor(run.createdAt.getTime() / 1000) * 1000))
      .toReversed()
      .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
    const size = Math.min(100, Number(query.get('per_page') ?? 30))
    const from = (Number(query.get('page') ?? 1) - 1) * size
    return {
      status: 200,
      body: {
        total_count: found.length,
        workflow_runs: found
          .slice(0, 1000)
          .slice(from, from + size)
          .map((run) => this.#shown(run)),
      },
    }
  }

  #shown(run: FakeRun): unknown {
    return runAnswer({ run, repository: this.#repository })
  }
}

const unauthorized: FakeAnswer = { status: 401, body: { message: 'Bad credentials', documentation_url: '' } }

function invalid(message: string): FakeAnswer {
  return { status: 422, body: { message, documentation_url: '' } }
}

function createdFilter(text: string | null): (time: number) => boolean {
  if (text === null) return () => true
  const [from = '', to] = text.split('..')
  if (to !== undefined) return (time) => time >= Date.parse(from) && time <= Date.parse(to)
  const [, sign = '', date = ''] = /^(>=|<=|)(.+)$/.exec(text) ?? []
  return (time) => (sign === '<=' ? time <= Date.parse(date) : sign === '>=' && time >= Date.parse(date))
}
