import { createHash } from 'node:crypto'
import type { ContainerGroup } from '../azure/containerGroups.ts'
import type { AciDeploymentConfig } from '../config/aciDeployment.ts'
import { gateConfig } from './gate.ts'

/** Of a service on ACI, what nobody but the service and its owners may know. */
export interface GroupSecrets {
  readonly primaryKey: string
  readonly secondaryKey: string
  /** PEM texts. */
  readonly tlsCertificate: string
  readonly tlsKey: string
}

/** Who may pull the image of a service. */
export type Puller =
  | { readonly kind: 'open' }
  | { readonly kind: 'password'; readonly server: string; readonly username: string; readonly password: string }
  /** The ARM id of a user-assigned identity that may pull. */
  | { readonly kind: 'identity'; readonly server: string; readonly identity: string }

export interface GroupOrder {
  readonly config: AciDeploymentConfig
  readonly image: string
  readonly label: string | undefined
  readonly location: string
  /** ARM id of the subnet. */
  readonly subnetId: string | undefined
  readonly puller: Puller
  readonly secrets: GroupSecrets
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly appInsightsKey: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

const scoringPort = 5001
const gateFolder = '/etc/azureml-cd-gate'
export const gateName = 'gate'
export const scoringName = 'scoring'

/** Well kept, small, and where container groups can pull it from; the configuration can name another copy. */
export const defaultGateImage = 'docker.io/library/nginx:stable-alpine'

/** Of a group: a digest of everything that was asked for, so that asking again changes nothing. */
export const groupDigestTag = 'azureml-cd.settings'

/** Of a group: whether it asks for keys. */
export const authenticationTag = 'azureml-cd.authentication'

/** A group must ask for one CPU and one GB in all; what the scoring server leaves of that is the gate's. */
const smallest = { cpu: 1, memoryGiB: 1 }
const gateAtLeast = { cpu: 0.1, memoryGiB: 0.1 }

/** The container group of a service: its scoring server, and the gate in front of it that alone can be reached. */
export function containerGroup(order: GroupOrder): ContainerGroup {
  const { config, image, label, location, subnetId, puller, secrets, tags, appInsightsKey } = order
  const { tls, encryption, authentication } = config
  const port = tls ? 443 : 80
  const variables = {
    ...order.environmentVariables,
    ...config.environmentVariables,
    SCORING_TIMEOUT_MS: String(config.scoringTimeoutMs),
    ...(config.appInsightsEnabled
      ? { AML_APP_INSIGHTS_ENABLED: 'true', ...(appInsightsKey ? { AML_APP_INSIGHTS_KEY: appInsightsKey } : {}) }
      : {}),
    ...(config.collectsData ? { AML_MODEL_DC_STORAGE_ENABLED: 'true' } : {}),
  }
  const isTold = (name: string) => name !== 'AML_APP_INSIGHTS_KEY'
  const group: ContainerGroup = {
    location,
    osType: 'Linux',
    restartPolicy: config.restartPolicy,
    ...(puller.kind === 'identity'
      ? { identity: { type: 'UserAssigned', userAssignedIdentities: { [puller.identity]: {} } } }
      : {}),
    ...credentials(puller),
    containers: [
      {
        name: scoringName,
        image,
        ports: [{ port: scoringPort }],
        environmentVariables: Object.entries(variables).map(([name, value]) =>
          isTold(name) ? { name, value } : { name, secureValue: value },
        ),
        resources: {
          requests: {
            cpu: config.cpu,
            memoryInGB: config.memoryGiB,
            ...(config.gpu === undefined ? {} : { gpu: { count: config.gpu, sku: 'V100' } }),
          },
        },
        // Ready is who has loaded the model.
        readinessProbe: {
          httpGet: { path: '/', port: scoringPort, scheme: 'http' },
          periodSeconds: 5,
          failureThreshold: 3,
        },
        livenessProbe: {
          httpGet: { path: '/', port: scoringPort, scheme: 'http' },
          ...{ initialDelaySeconds: 310, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
        },
      },
      {
        name: gateName,
        image: config.gateImage ?? defaultGateImage,
        command: ['nginx', '-c', `${gateFolder}/nginx.conf`],
        ports: [{ port }],
        environmentVariables: [],
        resources: {
          requests: {
            cpu: hundredths(Math.max(gateAtLeast.cpu, smallest.cpu - config.cpu)),
            memoryInGB: hundredths(Math.max(gateAtLeast.memoryGiB, smallest.memoryGiB - config.memoryGiB)),
          },
        },
        volumeMounts: [{ name: gateName, mountPath: gateFolder, readOnly: true }],
      },
    ],
    volumes: [
      gateVolume({ authentication, port, timeoutMs: config.scoringTimeoutMs, hasTls: tls !== undefined, secrets }),
    ],
    ipAddress: {
      type: subnetId === undefined ? 'Public' : 'Private',
      ports: [{ protocol: 'TCP', port }],
      ...(label === undefined ? {} : { dnsNameLabel: label }),
    },
    ...(subnetId === undefined ? {} : { subnetIds: [{ id: subnetId }] }),
    ...(encryption ? { encryptionProperties: encryption } : {}),
  }
  const own = { [authenticationTag]: authentication, [groupDigestTag]: groupDigest(group, secrets) }
  return { ...group, tags: { ...config.tags, ...tags, ...own } }
}

function gateVolume(options: {
  readonly authentication: AciDeploymentConfig['authentication']
  readonly port: number
  readonly timeoutMs: number
  readonly hasTls: boolean
  readonly secrets: GroupSecrets
}) {
  const { authentication, port, timeoutMs, hasTls, secrets } = options
  const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')
  const conf = gateConfig({
    keys: authentication === 'key' ? [secrets.primaryKey, secrets.secondaryKey] : [],
    tls: hasTls ? { certificate: `${gateFolder}/certificate.pem`, key: `${gateFolder}/key.pem` } : undefined,
    ...{ port, upstreamPort: scoringPort, requestTimeoutSeconds: timeoutMs / 1000, temporaryFolder: '/tmp' },
  })
  const pems = { 'certificate.pem': base64(secrets.tlsCertificate), 'key.pem': base64(secrets.tlsKey) }
  return { name: gateName, secret: { 'nginx.conf': base64(conf), ...(hasTls ? pems : {}) } }
}

/**
 * A group that is there, as it must be written to be so again, or with another image: what Azure does not tell of it,
 * because it is secret, is filled in.
 */
export function groupAgain(
  was: ContainerGroup,
  options: {
    readonly image?: string | undefined
    readonly puller: Puller
    readonly secrets: GroupSecrets
    readonly appInsightsKey: string | undefined
    readonly tags?: Readonly<Record<string, string>> | undefined
  },
): ContainerGroup {
  const { image, puller, secrets, appInsightsKey, tags = {} } = options
  const port = was.ipAddress?.ports[0]?.port ?? 80
  const scoring = was.containers.find(({ name }) => name === scoringName)
  const timeout = scoring?.environmentVariables?.find(({ name }) => name === 'SCORING_TIMEOUT_MS')?.value
  const { ipAddress, encryptionProperties, subnetIds, location, osType, restartPolicy } = was
  const group: ContainerGroup = {
    osType,
    ...(location ? { location } : {}),
    ...(restartPolicy ? { restartPolicy } : {}),
    ...(puller.kind === 'identity'
      ? { identity: { type: 'UserAssigned', userAssignedIdentities: { [puller.identity]: {} } } }
      : {}),
    ...credentials(puller),
    containers: was.containers.map(({ instanceView: _, ...container }) => ({
      ...container,
      ...(container.name === scoringName && image !== undefined ? { image } : {}),
      environmentVariables: (container.environmentVariables ?? []).map((variable) =>
        variable.name === 'AML_APP_INSIGHTS_KEY' && appInsightsKey !== undefined
          ? { name: variable.name, secureValue: appInsightsKey }
          : variable,
      ),
    })),
    volumes: [
      gateVolume({
        authentication: was.tags?.[authenticationTag] === 'key' ? 'key' : 'none',
        ...{ port, timeoutMs: Number(timeout ?? 60_000), hasTls: port === 443, secrets },
      }),
    ],
    ...(ipAddress
      ? {
          ipAddress: {
            type: ipAddress.type,
            ports: ipAddress.ports,
            ...(ipAddress.dnsNameLabel ? { dnsNameLabel: ipAddress.dnsNameLabel } : {}),
          },
        }
      : {}),
    ...(subnetIds ? { subnetIds } : {}),
    ...(encryptionProperties ? { encryptionProperties } : {}),
  }
  return { ...group, tags: { ...was.tags, ...tags, [groupDigestTag]: groupDigest(group, secrets) } }
}

/** The same for the same wish; of secrets it holds a digest only, and of passwords that are made anew nothing. */
function groupDigest(
  { imageRegistryCredentials: _, tags: __, ...group }: ContainerGroup,
  secrets: GroupSecrets,
): string {
  const kept = createHash('sha256').update(JSON.stringify(secrets)).digest('hex')
  const { volumes: ___, ...open } = group
  const wish = JSON.stringify([canonical(open), kept])
  return createHash('sha256').update(wish).digest('hex').slice(0, 32)
}

/** Keys sorted and what is undefined left out: what is read back is in another order than what was written. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)])
}

function credentials(puller: Puller): Pick<ContainerGroup, 'imageRegistryCredentials'> {
  switch (puller.kind) {
    case 'open':
      return {}
    case 'password':
      return {
        imageRegistryCredentials: [{ server: puller.server, username: puller.username, password: puller.password }],
      }
    case 'identity':
      return { imageRegistryCredentials: [{ server: puller.server, identity: puller.identity }] }
  }
}

/** What cannot be changed while a group lives, so that it is deleted and made anew. */
export function mustBeRemade(was: ContainerGroup, wanted: ContainerGroup): boolean {
  const fixed = ({ containers, restartPolicy, ipAddress, subnetIds, location, encryptionProperties }: ContainerGroup) =>
    JSON.stringify([
      containers.map(({ name, resources }) => [
        name,
        resources.requests.cpu,
        resources.requests.memoryInGB,
        resources.requests.gpu?.count,
      ]),
      ...[restartPolicy, ipAddress?.type, ipAddress?.ports.map(({ port }) => port), ipAddress?.dnsNameLabel],
      ...[subnetIds?.map(({ id }) => id.toLowerCase()), location, encryptionProperties?.keyName],
    ])
  return fixed(was) !== fixed(wanted)
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
