import { type Context, Hono } from 'hono'
import { ArmError } from '../../armError.ts'
import type { Bindings } from '../../http/bindings.ts'
import { bagOf, type TrackedRecord } from '../../state/records.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { containerGroupKind, containersOf } from './containerGroupKind.ts'

/** What container groups have beside what every tracked resource has. */
export function containerGroupRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { groups } = parts
  const { containerGroups } = parts.state.tracked
  const kind = containerGroupKind(parts)
  const routes = new Hono<Bindings>()

  const existing = (c: Context): TrackedRecord => {
    const name = c.req.param('name') ?? ''
    const found = containerGroups.get(name)
    if (!found) throw kind.missing(name, '')
    return found
  }
  const change = async (c: Context, action: 'restart' | 'start' | 'stop'): Promise<Response> => {
    const record = existing(c)
    await groups.change(record.key, action)
    const { restarts } = bagOf(record.properties.emulator)
    const more = action === 'restart' ? 1 : 0
    containerGroups.set(record.key, {
      ...record,
      lastModifiedAt: new Date().toISOString(),
      properties: {
        ...record.properties,
        emulator: { stopped: action === 'stop', restarts: (typeof restarts === 'number' ? restarts : 0) + more },
      },
    })
    return c.body(null, 204)
  }

  // What is answered below tells what runs at this moment.
  routes.get(`${kind.route}/:name`, async (c, next) => {
    await groups.look(c.req.param('name'))
    await next()
  })

  for (const action of ['restart', 'start', 'stop'] as const)
    routes.post(`${kind.route}/:name/${action}`, (c) => change(c, action))

  routes.get(`${kind.route}/:name/containers/:container/logs`, async (c) => {
    const { key, name, properties } = existing(c)
    const container = c.req.param('container')
    if (!containersOf(properties).includes(container))
      throw new ArmError({
        status: 404,
        code: 'ContainerNotFound',
        message: `The container "${container}" is not in the container group "${name}".`,
      })
    const content = await groups.log(key, container, Number(c.req.query('tail') ?? 1000))
    if (content !== undefined) return c.json({ content })
    return c.json({
      content: `The container "${container}" is a record: container groups run where deployments run in Docker.\n`,
    })
  })

  return routes
}
