import { badRequest } from '../../armError.ts'
import type { Bag } from '../../state/records.ts'
import { pagesOf } from '../operationPages.ts'
import type { TrackedKind } from '../tracked/trackedRoutes.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { neighbourNotFound } from './neighbourNotFound.ts'
import { neighbourRoute } from './neighbourRoute.ts'

const type = 'Microsoft.ContainerRegistry/registries'

/** Container registries (ACR). They build images, in this machine's Docker, and keep them there. */
export function containerRegistryKind({ state }: WorkspaceParts): TrackedKind {
  return {
    collection: state.tracked.containerRegistries,
    route: neighbourRoute('Microsoft.ContainerRegistry', 'registries'),
    type,
    scope: 'rp',
    pages: pagesOf('Microsoft.ContainerRegistry'),
    inside: [state.tracked.containerRegistryRuns],
    missing: (name) => neighbourNotFound(type, name),
    check: ({ name, body }) => {
      if (!/^[a-zA-Z0-9]{5,50}$/.test(name))
        throw badRequest(`The registry name "${name}" is not valid: it must have 5 to 50 letters and digits.`)
      return body.properties
    },
    properties: ({ name, properties, createdAt, provisioningState }): Bag => ({
      adminUserEnabled: true,
      publicNetworkAccess: 'Enabled',
      ...properties,
      loginServer: `${name.toLowerCase()}.azurecr.io`,
      creationDate: createdAt,
      provisioningState,
    }),
    patchable: [
      ...['adminUserEnabled', 'anonymousPullEnabled', 'dataEndpointEnabled', 'encryption', 'networkRuleBypassOptions'],
      ...['networkRuleSet', 'policies', 'publicNetworkAccess'],
    ],
    patch: 'at once',
    delete: 'operation',
  }
}
