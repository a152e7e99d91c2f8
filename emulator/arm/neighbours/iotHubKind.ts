import { createHmac } from 'node:crypto'
import { Hono } from 'hono'
import { badRequest } from '../../armError.ts'
import type { Bindings } from '../../http/bindings.ts'
import type { Bag } from '../../state/records.ts'
import type { WorkspaceIdentity } from '../../workspaceIdentity.ts'
import { pagesOf } from '../operationPages.ts'
import type { TrackedKind } from '../tracked/trackedRoutes.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { neighbourNotFound } from './neighbourNotFound.ts'
import { neighbourRoute } from './neighbourRoute.ts'

const type = 'Microsoft.Devices/IotHubs'

/** IoT hubs. Their own side, configurations and devices, is in `iotHubRoutes`. */
export function iotHubKind({ state }: WorkspaceParts): TrackedKind {
  return {
    collection: state.tracked.iotHubs,
    route: neighbourRoute('Microsoft.Devices', 'IotHubs'),
    type,
    scope: 'rp',
    pages: pagesOf('Microsoft.Devices'),
    missing: (name) => neighbourNotFound(type, name),
    check: ({ name, body }) => {
      if (!/^[a-zA-Z0-9][-a-zA-Z0-9]{1,48}[a-zA-Z0-9]$/.test(name))
        throw badRequest(`The hub name "${name}" is not valid.`)
      return body.properties
    },
    properties: ({ properties, provisioningState }, c): Bag => ({
      ...properties,
      hostName: new URL(c.req.url).host,
      state: 'Active',
      provisioningState,
    }),
    patch: 'at once',
    delete: 'operation',
  }
}

/** The key of a hub's policy, base64: made from the storage key, so that it is nowhere in the state. */
export function hubKey(identity: WorkspaceIdentity, hub: string, which: 'primary' | 'secondary'): string {
  return createHmac('sha256', identity.storageKey).update(`iot hub ${hub} ${which}`).digest('base64')
}

export function hubKeyRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const kind = iotHubKind(parts)
  const routes = new Hono<Bindings>()
  routes.post(`${kind.route}/:name/listKeys`, (c) => {
    const name = c.req.param('name')
    if (!parts.state.tracked.iotHubs.get(name)) throw kind.missing(name, '')
    return c.json({
      value: [
        {
          keyName: 'iothubowner',
          primaryKey: hubKey(parts.identity, name, 'primary'),
          secondaryKey: hubKey(parts.identity, name, 'secondary'),
          rights: 'RegistryWrite, ServiceConnect, DeviceConnect',
        },
      ],
    })
  })
  return routes
}
