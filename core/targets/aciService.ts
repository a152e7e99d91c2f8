import type { ContainerGroup } from '../azure/containerGroups.ts'
import type { Scoring } from '../rollout/probes.ts'
import { authenticationTag, scoringName } from './aciGroup.ts'
import type { ServedModel, ServiceStatus } from './target.ts'

export const serviceTag = 'azureml-cd.service'
export const workspaceTag = 'azureml-cd.workspace'
export const modelsTag = 'azureml-cd.models'
export const cnameTag = 'azureml-cd.cname'

/** The models that a group serves, as its tags say. */
export function modelsOf({ tags = {} }: ContainerGroup): readonly ServedModel[] {
  return (tags[modelsTag] ?? '').split(' ').flatMap((text) => {
    const [name = '', version] = text.split(':')
    return version === undefined ? [] : [{ name, version }]
  })
}

/** How a group is, and where it is reached. */
export function shownOf(group: ContainerGroup): Pick<ServiceStatus, 'state' | 'scoringUri' | 'swaggerUri'> {
  const { scoringUri } = scoringOf(group, async () => undefined)
  return {
    state: group.instanceView?.state ?? group.provisioningState ?? 'Unknown',
    ...{ scoringUri, swaggerUri: scoringUri.replace(/\/score$/, '/swagger.json') },
  }
}

/** v1's addresses: the name of the certificate where there is one, or else the group's own. */
export function scoringOf(group: ContainerGroup, key: () => Promise<string | undefined>): Scoring {
  const { ipAddress, tags = {} } = group
  const host = ipAddress?.fqdn ?? ipAddress?.ip ?? 'unknown'
  const cname = tags[cnameTag]
  const asksForKeys = tags[authenticationTag] === 'key'
  return {
    scoringUri: cname === undefined ? `http://${host}/score` : `https://${host}/score`,
    // The certificate is the service's, whatever the group is called in the network.
    ...(cname === undefined ? {} : { serverName: cname }),
    allowsPlain: cname === undefined,
    bearer: async () => (asksForKeys ? key() : undefined),
  }
}

export function imageOf({ containers }: ContainerGroup): string {
  return containers.find(({ name }) => name === scoringName)?.image ?? ''
}

export function identityOf({ imageRegistryCredentials = [] }: ContainerGroup): string | undefined {
  return imageRegistryCredentials.find(({ identity }) => identity !== undefined)?.identity
}
