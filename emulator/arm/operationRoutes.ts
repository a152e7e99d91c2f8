import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ArmError, notFound } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import type { OperationRecord } from '../state/records.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { computePages, mlPages, type OperationPages, pagesOf } from './operationPages.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

const watched: readonly OperationPages[] = [
  mlPages,
  computePages,
  pagesOf('Microsoft.EventGrid'),
  pagesOf('Microsoft.ContainerInstance'),
  pagesOf('Microsoft.ContainerService'),
  pagesOf('Microsoft.ContainerRegistry'),
  pagesOf('Microsoft.Devices'),
  pagesOf('Microsoft.KubernetesConfiguration'),
]

/** The pages at which clients watch a long-running operation. `show` renders the resource that a PATCH has changed. */
export function operationRoutes(
  { operations }: WorkspaceParts,
  show: (c: Context, target: string) => unknown,
): Hono<Bindings> {
  const routes = new Hono<Bindings>()

  const operation = (c: Context): OperationRecord => {
    const id = decodeURIComponent(c.req.param('id') ?? '')
    operations.look(id)
    const found = operations.get(id)
    if (!found) throw notFound('OperationNotFound', `Operation ${id} not found.`)
    return found
  }

  for (const { provider, status: statusPage, results, running } of watched) {
    const place = `/subscriptions/:subscription/providers/${provider}/locations/:location`

    routes.get(`${place}/${statusPage}/:id`, async (c) => {
      const { id, startTime, endTime, status, error } = await afterLook(operation(c), operations.get.bind(operations))
      return c.json({
        id: c.req.path,
        name: id,
        startTime,
        percentComplete: endTime === null ? 0 : 100,
        status: status === 'Updating' ? running : status,
        ...(endTime === null ? {} : { endTime }),
        ...(error === null ? {} : { error: { ...error, details: [], additionalInfo: [] } }),
      })
    })

    routes.get(`${place}/${results}/:id`, async (c) => {
      const { verb, target, status, error } = await afterLook(operation(c), operations.get.bind(operations))
      if (status === 'Updating') {
        c.header('Location', c.req.url)
        return c.json(null, 202)
      }
      if (error !== null)
        throw new ArmError({ status: 400, code: error.code ?? 'None', message: error.message, details: [] })
      return verb === 'delete' ? c.body(null, 204) : c.json(show(c, target))
    })
  }

  return routes
}

/** A look may have been the one an operation waited for; its outcome is then stored within this turn of the loop. */
async function afterLook(
  record: OperationRecord,
  get: (id: string) => OperationRecord | undefined,
): Promise<OperationRecord> {
  await new Promise(setImmediate)
  return get(record.id) ?? record
}

/** The answer to a request that began an operation, with absolute addresses made from the host the client used. */
export function begun(
  c: Context,
  options: {
    readonly identity: WorkspaceIdentity
    readonly operation: OperationRecord
    readonly body: unknown
    readonly pages?: OperationPages
    /** Of a PUT; 201 by default. */
    readonly putStatus?: 200 | 201
  },
): Response {
  const { identity, operation, pages = mlPages, putStatus = 201 } = options
  const { origin, pathname } = new URL(c.req.url)
  const version = `api-version=${encodeURIComponent(c.req.query('api-version') ?? '')}`
  const at = (page: string): string =>
    `${origin}/subscriptions/${identity.subscriptionId}/providers/${pages.provider}/locations/${identity.location}/${page}/${operation.id}?${version}`
  c.header('x-ms-async-operation-timeout', 'PT30M')
  const status: Record<OperationRecord['verb'], ContentfulStatusCode> = { put: putStatus, patch: 202, delete: 202 }
  switch (operation.verb) {
    case 'put':
      c.header('Azure-AsyncOperation', at(pages.status))
      c.header('Location', `${origin}${pathname}?${version}`)
      break
    case 'patch':
      c.header('Location', at(pages.results))
      // The least that the specification allows.
      c.header('Retry-After', '10')
      break
    case 'delete':
      c.header('Azure-AsyncOperation', at(pages.status))
      c.header('Location', at(pages.results))
      break
  }
  return c.json(options.body, status[operation.verb])
}
