import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { type FakeAnswer, type FakeRequest, FakeServer } from '../fakeServer.ts'
import { locations, resourceAreas } from './locations.ts'

export interface FakeRelease {
  readonly id: number
  readonly definitionId: number
  readonly description: string
  readonly createdOn: Date
  readonly artifacts: readonly { readonly alias: string; readonly version: string }[]
  readonly variables: Readonly<Record<string, unknown>>
  readonly environments: { status: string }[]
}

export interface FakeBuild {
  readonly id: number
  readonly pipeline: number
  readonly queueTime: Date
  readonly templateParameters: Readonly<Record<string, string>>
  readonly refName: string | undefined
  status: string
  result: string | undefined
}

/** A webhook of either kind: that of a service connection, or the payload address of a release artifact. */
interface FakeHook {
  readonly secret: string
  readonly header: string
  readonly received: unknown[]
}

const releaseBody = z.strictObject({
  definitionId: z.number(),
  description: z.string().default(''),
  isDraft: z.boolean().default(false),
  reason: z.union([z.string(), z.number()]).default('none'),
  manualEnvironments: z.array(z.string()).nullish(),
  properties: z.unknown().optional(),
  variables: z.record(z.string(), z.looseObject({ value: z.string() })).default({}),
  artifacts: z
    .array(z.looseObject({ alias: z.string(), instanceReference: z.looseObject({ id: z.string(), name: z.string() }) }))
    .default([]),
})
const runBody = z.strictObject({
  resources: z
    .looseObject({ repositories: z.looseObject({ self: z.looseObject({ refName: z.string() }) }).optional() })
    .optional(),
  templateParameters: z.record(z.string(), z.string()).default({}),
  variables: z.record(z.string(), z.looseObject({})).optional(),
  stagesToSkip: z.array(z.string()).optional(),
  previewRun: z.boolean().optional(),
})

/** An organization of Azure DevOps, as far as a dispatcher and Microsoft's own client see it. */
export class FakeAzureDevOps {
  readonly server: FakeServer
  readonly releases: FakeRelease[] = []
  readonly builds: FakeBuild[] = []
  readonly incomingWebhooks: Readonly<Record<string, FakeHook>>
  readonly artifactWebhooks: Readonly<Record<string, FakeHook>>
  /** What was started shows in lists only after this. */
  shownAfterMilliseconds = 0
  readonly #options: {
    readonly project: string
    readonly tokens: readonly string[]
    /** By number: the alias of the model artifact, and the names of the stages. */
    readonly definitions: Readonly<Record<number, { readonly artifact: string; readonly stages: readonly string[] }>>
    /** By number: the template parameters that it declares. */
    readonly pipelines: Readonly<Record<number, readonly string[]>>
  }

  constructor(options: {
    readonly project: string
    readonly tokens: readonly string[]
    readonly definitions?: Readonly<Record<number, { readonly artifact: string; readonly stages: readonly string[] }>>
    readonly pipelines?: Readonly<Record<number, readonly string[]>>
    readonly incomingWebhooks?: Readonly<Record<string, Pick<FakeHook, 'secret' | 'header'>>>
    readonly artifactWebhooks?: Readonly<Record<string, Pick<FakeHook, 'secret' | 'header'>>>
  }) {
    const { definitions = {}, pipelines = {} } = options
    this.#options = { project: options.project, tokens: options.tokens, definitions, pipelines }
    const hooks = (given: Readonly<Record<string, Pick<FakeHook, 'secret' | 'header'>>> = {}) =>
      Object.fromEntries(Object.entries(given).map(([name, hook]) => [name, { ...hook, received: [] }]))
    this.incomingWebhooks = hooks(options.incomingWebhooks)
    this.artifactWebhooks = hooks(options.artifactWebhooks)
    this.server = new FakeServer((request) => this.#handle(request))
  }

  /** The address of the organization. */
  get url(): string {
    return `${this.server.url}/contoso`
  }

  #handle(request: FakeRequest): FakeAnswer {
    const { method, path } = request
    const rest = path.replace(/^\/contoso\//, '')
    if (method === 'OPTIONS') return { status: 200, body: locations(rest) }
    const incoming = /^_apis\/public\/distributedtask\/webhooks\/([\w-]+)$/.exec(rest)?.[1]
    const artifact = /^_apis\/public\/Release\/webhooks\/([\w-]+)$/.exec(rest)?.[1]
    if (method === 'POST' && incoming) return receive(this.incomingWebhooks[incoming], request)
    if (method === 'POST' && artifact) return receive(this.artifactWebhooks[artifact], request)
    const refused = this.#refused(request)
    if (refused) return refused
    if (/^_apis\/resourceAreas$/i.test(rest)) return { status: 200, body: resourceAreas(this.url) }
    const [project, apis, area = '', ...more] = rest.split('/')
    if (project !== this.#options.project || apis !== '_apis') return missing(`The project ${project} does not exist.`)
    const resource = [area.toLowerCase(), ...more].join('/')
    const pipeline = /^pipelines\/(\d+)\/runs$/.exec(resource)?.[1]
    const release = /^release\/releases\/(\d+)$/.exec(resource)?.[1]
    const build = /^build\/builds\/(\d+)$/.exec(resource)?.[1]
    if (method === 'POST' && resource === 'release/releases') return this.#createRelease(request)
    if (method === 'GET' && resource === 'release/releases') return this.#listReleases(request)
    if (method === 'POST' && pipeline) return this.#runPipeline(Number(pipeline), request)
    if (method === 'GET' && resource === 'build/builds') return this.#listBuilds(request)
    if (method === 'GET' && release) {
      const found = this.releases.find(({ id }) => id === Number(release))
      return found
        ? { status: 200, body: this.#shownRelease(found) }
        : missing(`Release with ID ${release} does not exist.`)
    }
    if (method === 'GET' && build) {
      const found = this.builds.find(({ id }) => id === Number(build))
      return found
        ? { status: 200, body: this.#shownBuild(found) }
        : missing(`The requested build ${build} could not be found.`)
    }
    return missing('The page was not found.')
  }

  #refused({ headers, query, method, path }: FakeRequest): FakeAnswer | undefined {
    const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ')
    const token =
      scheme.toLowerCase() === 'basic'
        ? Buffer.from(value, 'base64')
            .toString()
            .replace(/^[^:]*:/, '')
        : value
    if (!this.#options.tokens.includes(token))
      return headers['x-tfs-fedauthredirect'] === 'Suppress'
        ? { status: 401 }
        : { status: 203, body: '<html>Sign in</html>' }
    const version = query.get('api-version') ?? /api-version=([\w.-]+)/.exec(headers.accept ?? '')?.[1]
    if (version === undefined && method === 'POST')
      return { status: 400, body: { message: `No api-version was supplied for the "${method}" request to ${path}.` } }
    return undefined
  }

  #createRelease({ text }: FakeRequest): FakeAnswer {
    const body = releaseBody.safeParse(JSON.parse(text))
    if (!body.success) return bad(`VS402982: The request is not valid: ${z.prettifyError(body.error)}`)
    const { definitionId, description, artifacts, variables } = body.data
    const definition = this.#options.definitions[definitionId]
    if (!definition)
      return missing(`VS402903: The specified value is not convertible to type ReleaseDefinition: ${definitionId}.`)
    const foreign = artifacts.find(({ alias }) => alias !== definition.artifact)
    if (foreign) return bad(`VS402962: The artifact alias ${foreign.alias} is not in the release definition.`)
    const release: FakeRelease = {
      id: 400 + this.releases.length,
      ...{ definitionId, description, variables, createdOn: new Date() },
      artifacts: artifacts.map(({ alias, instanceReference }) => ({ alias, version: instanceReference.id })),
      environments: definition.stages.map(() => ({ status: 'notStarted' })),
    }
    this.releases.push(release)
    return { status: 200, body: this.#shownRelease(release) }
  }

  #listReleases({ query }: FakeRequest): FakeAnswer {
    const since = Date.parse(query.get('minCreatedTime') ?? '1970-01-01')
    const found = this.releases
      .filter(({ definitionId }) => [null, '0', String(definitionId)].includes(query.get('definitionId')))
      .filter(
        ({ createdOn }) =>
          createdOn.getTime() >= since && createdOn.getTime() <= Date.now() - this.shownAfterMilliseconds,
      )
    return page({
      query,
      items: descending(query.get('queryOrder')) ? found.toReversed() : found,
      show: (one) => this.#shownRelease(one),
    })
  }

  #runPipeline(pipeline: number, { text }: FakeRequest): FakeAnswer {
    const declared = this.#options.pipelines[pipeline]
    if (!declared) return missing(`Pipeline ${pipeline} does not exist.`)
    const body = runBody.safeParse(JSON.parse(text))
    if (!body.success) return bad(`The request is not valid: ${z.prettifyError(body.error)}`)
    const { templateParameters, resources } = body.data
    const unexpected = Object.keys(templateParameters).find((name) => !declared.includes(name))
    if (unexpected) return bad(`/azure-pipelines.yml: Unexpected parameter '${unexpected}'`)
    const build: FakeBuild = {
      id: 900 + this.builds.length,
      ...{ pipeline, templateParameters, queueTime: new Date(), status: 'inProgress', result: undefined },
      refName: resources?.repositories?.self.refName,
    }
    this.builds.push(build)
    const run = {
      ...{ id: build.id, name: `2026.${build.id}`, state: 'inProgress', createdDate: build.queueTime.toISOString() },
      ...{
        templateParameters,
        pipeline: { id: pipeline, name: 'deploy' },
        _links: this.#links(`_build/results?buildId=${build.id}`),
      },
    }
    return { status: 200, body: run }
  }

  #listBuilds({ query }: FakeRequest): FakeAnswer {
    const since = Date.parse(query.get('minTime') ?? '1970-01-01')
    const definitions = query.get('definitions')?.split(',')
    const found = this.builds
      .filter(({ pipeline }) => definitions === undefined || definitions.includes(String(pipeline)))
      .filter(
        ({ queueTime }) =>
          queueTime.getTime() >= since && queueTime.getTime() <= Date.now() - this.shownAfterMilliseconds,
      )
    return page({
      query,
      items: descending(query.get('queryOrder')) ? found.toReversed() : found,
      show: (one) => this.#shownBuild(one),
    })
  }

  #shownRelease({
    id,
    definitionId,
    description,
    createdOn,
    artifacts,
    variables,
    environments,
  }: FakeRelease): unknown {
    return {
      ...{ id, name: `Release-${id}`, status: 'active', createdOn: createdOn.toISOString(), description, variables },
      ...{ reason: 'manual', releaseDefinition: { id: definitionId, name: 'deploy' } },
      artifacts: artifacts.map(({ alias, version }) => ({
        alias,
        definitionReference: { version: { id: version, name: version } },
      })),
      environments: environments.map(({ status }, index) => ({ id: index + 1, name: `stage ${index + 1}`, status })),
      _links: this.#links(`_release?releaseId=${id}`),
    }
  }

  #shownBuild({ id, pipeline, queueTime, templateParameters, status, result }: FakeBuild): unknown {
    return {
      ...{ id, buildNumber: `2026.${id}`, status, result, queueTime: queueTime.toISOString(), reason: 'manual' },
      ...{ templateParameters, definition: { id: pipeline, name: 'deploy' } },
      _links: this.#links(`_build/results?buildId=${id}`),
    }
  }

  #links(rest: string): unknown {
    return { web: { href: `${this.url}/${this.#options.project}/${rest}` } }
  }
}

function receive(hook: FakeHook | undefined, { headers, text }: FakeRequest): FakeAnswer {
  if (!hook) return { status: 203, body: '<html>Sign in</html>' }
  const expected = createHmac('sha1', hook.secret).update(text).digest('hex')
  const given = (headers[hook.header.toLowerCase()] ?? '').replace(/^sha1=/i, '').toLowerCase()
  const isSame = given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
  if (!isSame) return { status: 403, body: { message: 'The hash of the payload does not match.' } }
  hook.received.push(JSON.parse(text))
  return { status: 200 }
}

/** Microsoft's client sends enumerations as numbers. */
function descending(order: string | null): boolean {
  return order === null || /descending/i.test(order) || ['0', '2'].includes(order)
}

function page<Item>(list: {
  readonly query: URLSearchParams
  readonly items: readonly Item[]
  readonly show: (item: Item) => unknown
}): FakeAnswer {
  const { query, items, show } = list
  const size = Number(query.get('$top') ?? 50)
  const from = Number(query.get('continuationToken') ?? 0)
  const value = items.slice(from, from + size).map(show)
  return {
    status: 200,
    body: { count: value.length, value },
    headers: from + size < items.length ? { 'x-ms-continuationtoken': String(from + size) } : {},
  }
}

function missing(message: string): FakeAnswer {
  return { status: 404, body: { $id: '1', message, typeKey: 'NotFoundException', errorCode: 0 } }
}

function bad(message: string): FakeAnswer {
  return { status: 400, body: { $id: '1', message, typeKey: 'InvalidRequestException', errorCode: 0 } }
}
