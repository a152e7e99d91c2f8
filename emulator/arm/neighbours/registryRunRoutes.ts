import { createHmac, randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ArmError, badRequest } from '../../armError.ts'
import type { Bindings } from '../../http/bindings.ts'
import { type Bag, bagOf, type TrackedRecord } from '../../state/records.ts'
import { page } from '../paging.ts'
import { requestBody } from '../requestBody.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { containerRegistryKind } from './containerRegistryKind.ts'
import { neighbourNotFound } from './neighbourNotFound.ts'

const buildRequest = z.looseObject({
  type: z.literal('DockerBuildRequest'),
  dockerFilePath: z.string().min(1),
  platform: z.looseObject({ os: z.string() }),
  imageNames: z.array(z.string()).nullish(),
  sourceLocation: z.string().nullish(),
  arguments: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  noCache: z.boolean().nullish(),
  target: z.string().nullish(),
  timeout: z.number().int().min(300).max(28_800).nullish(),
})
export type BuildRequest = z.infer<typeof buildRequest>

/** Credentials, builds and their logs (ACR Tasks, 2019-04-01). */
export function registryRunRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { identity, state, builds } = parts
  const kind = containerRegistryKind(parts)
  const runs = state.tracked.containerRegistryRuns
  const routes = new Hono<Bindings>()
  const route = `${kind.route}/:name`

  const registry = (c: Context): TrackedRecord => {
    const name = c.req.param('name') ?? ''
    const found = state.tracked.containerRegistries.get(name)
    if (!found) throw kind.missing(name, '')
    return found
  }
  const run = (c: Context): TrackedRecord => {
    const id = c.req.param('run') ?? ''
    const found = runs.get(`${registry(c).name}/${id}`)
    if (!found) throw neighbourNotFound('Microsoft.ContainerRegistry/registries/runs', id)
    return found
  }
  const render = (record: TrackedRecord): unknown => {
    const [owner = ''] = record.key.split('/')
    const { subscriptionId, resourceGroup } = identity
    return {
      id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerRegistry/registries/${owner}/runs/${record.name}`,
      name: record.name,
      type: 'Microsoft.ContainerRegistry/registries/runs',
      properties: shownRun(record),
    }
  }

  // Made from the storage key, so that they are the same after a restart and nowhere in the state.
  const password = (name: string, which: string): string =>
    createHmac('sha256', identity.storageKey).update(`${name} ${which}`).digest('base64url')
  routes.post(`${route}/listCredentials`, (c) => {
    const { name, properties } = registry(c)
    if (properties.adminUserEnabled === false)
      throw new ArmError({
        status: 400,
        code: 'UnAuthorizedForCredentialOperations',
        message: `Cannot perform credential operations for the registry "${name}" as admin user is disabled.`,
      })
    const passwords = ['password', 'password2'].map((which) => ({ name: which, value: password(name, which) }))
    return c.json({ username: name, passwords })
  })

  routes.post(`${route}/listBuildSourceUploadUrl`, async (c) =>
    c.json(await builds.uploadPlace(registry(c).name, new URL(c.req.url).origin)),
  )

  routes.post(`${route}/scheduleRun`, async (c) => {
    const { name } = registry(c)
    const body = await requestBody(c, z.looseObject({ type: z.string() }))
    if (body.type !== 'DockerBuildRequest')
      throw badRequest(`Runs of type ${body.type} are not known here; only DockerBuildRequest is.`)
    const request = buildRequest.safeParse(body)
    if (!request.success) throw badRequest(z.prettifyError(request.error).replaceAll('\n', ' '))
    const id = `c${randomUUID().slice(0, 4)}`
    const record = runs.set(`${name}/${id}`, {
      ...state.created(),
      ...{ id: randomUUID(), key: `${name}/${id}`, name: id, location: identity.location, tags: {}, beside: {} },
      properties: { status: 'Queued', request: request.data },
      ...{ provisioningState: 'Succeeded', operation: null, pending: null },
    })
    builds.start(record.key)
    return c.json(render(record))
  })

  routes.get(`${route}/runs`, (c) => {
    const items = runs.children(registry(c).name)
    return c.json(page(c, { items, order: 'newest first', sizeParameter: '$top', render }))
  })
  routes.get(`${route}/runs/:run`, (c) => c.json(render(run(c))))
  routes.post(`${route}/runs/:run/cancel`, (c) => {
    builds.cancel(run(c).key)
    return c.body(null, 200)
  })
  routes.post(`${route}/runs/:run/listLogSasUrl`, async (c) =>
    c.json({ logLink: await builds.logAddress(run(c).key, new URL(c.req.url).origin) }),
  )
  return routes
}

function shownRun({ name, createdAt, lastModifiedAt, properties }: TrackedRecord): Bag {
  const { request, ...shown } = properties
  const { imageNames, platform } = bagOf(request)
  const images = Array.isArray(imageNames) ? imageNames.map(String) : []
  return {
    runId: name,
    runType: 'QuickBuild',
    ...shown,
    createTime: createdAt,
    lastUpdatedTime: lastModifiedAt,
    platform,
    isArchiveEnabled: false,
    ...(properties.status === 'Succeeded'
      ? {
          outputImages: images.map((image) => {
            const [, repository = image, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(image) ?? []
            return { repository, tag }
          }),
        }
      : {}),
  }
}
