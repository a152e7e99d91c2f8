import { type Context, Hono } from 'hono'
import { ArmError } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { type WorkspaceParts, workspacePath } from './workspaceParts.ts'

const namespace = 'Microsoft.MachineLearningServices'

/** Newest first, as clients that ask for an api-version take the first that is no preview. */
const apiVersions = ['2025-09-01', '2025-06-01', '2025-04-01', '2024-10-01', '2024-04-01', '2023-10-01', '2023-04-01']

/**
 * What the resource manager knows of itself (Microsoft.Resources): which providers there are, and which resources.
 * `az resource` asks for both.
 */
export function resourceRoutes({ identity, state }: WorkspaceParts): Hono<Bindings> {
  const routes = new Hono<Bindings>()
  const { subscriptionId, workspace, location } = identity
  const subscription = `/subscriptions/${subscriptionId}`

  const types = ['workspaces', 'workspaces/onlineEndpoints', 'workspaces/onlineEndpoints/deployments']
  const provider = {
    id: `${subscription}/providers/${namespace}`,
    namespace,
    registrationState: 'Registered',
    registrationPolicy: 'RegistrationRequired',
    resourceTypes: types.map((resourceType) => ({
      resourceType,
      locations: [location],
      apiVersions,
      capabilities: 'None',
    })),
  }
  routes.get('/subscriptions/:subscription/providers', (c) => c.json({ value: [provider] }))
  routes.get('/subscriptions/:subscription/providers/:namespace', (c) => {
    const asked = c.req.param('namespace')
    if (asked.toLowerCase() === namespace.toLowerCase()) return c.json(provider)
    throw new ArmError({
      status: 404,
      code: 'InvalidResourceNamespace',
      message: `The resource namespace '${asked}' is invalid.`,
    })
  })

  const resources = (): readonly Resource[] => [
    { id: workspacePath(identity), name: workspace, type: `${namespace}/workspaces`, location, tags: {} },
    ...[...state.endpoints.children()].map(({ name, location, tags }) => ({
      id: workspacePath(identity, 'onlineEndpoints', name),
      name: `${workspace}/${name}`,
      type: `${namespace}/workspaces/onlineEndpoints`,
      location,
      tags,
    })),
  ]
  const list = (c: Context): Response => {
    const wanted = filter(c.req.query('$filter') ?? '')
    return c.json({ value: resources().filter(wanted) })
  }
  routes.get('/subscriptions/:subscription/resources', list)
  routes.get('/subscriptions/:subscription/resourceGroups/:group/resources', list)
  return routes
}

interface Resource {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
}

/** `field eq 'value'`, joined by `and`: the conditions that clients make. What is of another form is not held against anybody. */
function filter(text: string): (resource: Resource) => boolean {
  const conditions = [...text.matchAll(/(\w+) eq '((?:[^']|'')*)'/g)].map(([, field = '', value = '']) => ({
    field: field.toLowerCase(),
    value: value.replaceAll("''", "'").toLowerCase(),
  }))
  return (resource) => {
    const fields = new Map([
      ['resourcetype', resource.type],
      ['name', resource.name],
      ['location', resource.location],
      ['resourcegroup', resource.id.split('/')[4] ?? ''],
    ])
    return conditions.every(({ field, value }) => (fields.get(field)?.toLowerCase() ?? value) === value)
  }
}
