import type { DestinationConfigOf } from '../../config/destinationSchema.ts'
import { type Destination, DispatchError } from '../destination.ts'
import { serviceAddress } from './azureDevOps.ts'
import { sendHashed } from './hashedWebhook.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Tells Azure DevOps that the model artifact of a release definition has a new version, as its continuous deployment
 * trigger waits for. The address is a secret that came from outside: it may lead to Azure DevOps only.
 */
export function releaseArtifact(
  config: DestinationConfigOf<'release-artifact'>,
  surroundings: Surroundings,
): Destination {
  const { payloadUrl, organization, secret, header = 'X-Hub-Signature' } = config
  return {
    kind: config.kind,
    name: surroundings.name,
    canFind: false,
    takesKey: false,
    start: (order, signal) =>
      sendHashed({
        ...{ order, secret, header, surroundings, signal },
        url: async () => checkedAddress(await surroundings.readSecret(payloadUrl), organization),
        doing: 'firing the trigger of a release artifact',
      }),
    find: async () => undefined,
  }
}

function checkedAddress(text: string, organization: string | undefined): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && url.username === '' && url.password === '' && isAzureDevOps(url, organization)) return url.href
  // The address is not repeated: whoever knows it may start releases.
  throw new DispatchError(
    `The payload address of a release artifact does not lead to Azure DevOps${organization === undefined ? '' : ' or to the given organization'} over https; nothing is sent there.`,
    { certain: true, permanent: true },
  )
}

function isAzureDevOps({ protocol, hostname, origin, port }: URL, organization: string | undefined): boolean {
  if (organization !== undefined && /^https?:/.test(organization))
    return [serviceAddress(organization, 'pipelines'), serviceAddress(organization, 'release')].some(
      (address) => new URL(address).origin === origin,
    )
  const isCloud =
    hostname === 'dev.azure.com' || hostname.endsWith('.dev.azure.com') || hostname.endsWith('.visualstudio.com')
  return protocol === 'https:' && port === '' && isCloud
}
