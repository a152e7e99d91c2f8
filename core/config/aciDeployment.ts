import type { RuleFault, Sparse } from './check.ts'
import type { ServiceKeys } from './deploymentConfig.ts'
import { type DeploymentFile, readDeploymentFile, unhonoured } from './deploymentFile.ts'
import type { GivenDeployment } from './deploymentSchema.ts'
import { textsOf } from './deploymentTexts.ts'
import type { ConfigDocument } from './document.ts'
import type { ConfigWarning, ValuePath } from './faults.ts'
import { fpgaWarnings, givenKeys, v1Defaults } from './v1Deployment.ts'

/** A service in a container group (reference v1-surface.md 1.5). What is undefined was not said. */
export interface AciDeploymentConfig {
  readonly cpu: number
  readonly memoryGiB: number
  /** How many GPUs; container groups had them in some regions. */
  readonly gpu: number | undefined
  /** The workspace's when undefined. */
  readonly location: string | undefined
  readonly authentication: 'key' | 'none'
  readonly keys: ServiceKeys | undefined
  /** Paths as written, relative to the file. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly cname: string } | undefined
  /** Made from the service's name and the workspace when undefined, so that no two services want the same. */
  readonly dnsNameLabel: string | undefined
  readonly network: { readonly vnetName: string; readonly subnetName: string } | undefined
  readonly encryption:
    | { readonly vaultBaseUrl: string; readonly keyName: string; readonly keyVersion: string }
    | undefined
  readonly appInsightsEnabled: boolean
  readonly collectsData: boolean
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly scoringTimeoutMs: number
  /** The image of the gate in front of the scoring server; the product's own choice when undefined. */
  readonly gateImage: string | undefined
  /** ARM id of a user-assigned identity that may pull the image. */
  readonly pullIdentity: string | undefined
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly description: string | undefined
}

/** What holds where there is no deployment configuration at all; equal to v1's. */
export const defaultAciDeployment: AciDeploymentConfig = {
  ...{ cpu: v1Defaults.cpu, memoryGiB: v1Defaults.memoryGiB, gpu: undefined, location: undefined },
  ...{ authentication: 'none', keys: undefined, tls: undefined, dnsNameLabel: undefined, network: undefined },
  ...{ encryption: undefined, appInsightsEnabled: false, collectsData: false, restartPolicy: 'Always' },
  ...{ scoringTimeoutMs: v1Defaults.scoringTimeoutMs, gateImage: undefined, pullIdentity: undefined },
  ...{ environmentVariables: {}, tags: {}, description: undefined },
}

const honoured = [
  ...['containerResourceRequirements.cpu', 'containerResourceRequirements.memoryInGB'],
  ...['containerResourceRequirements.gpu', 'containerResourceRequirements.fpga', 'gpuCores'],
  ...['location', 'authEnabled', 'authMode', 'keys', 'sslEnabled', 'sslCertificate', 'sslKey', 'cname'],
  ...['dnsNameLabel', 'vnetName', 'subnetName', 'vaultBaseUrl', 'keyName', 'keyVersion', 'appInsightsEnabled'],
  ...['dataCollection.storageEnabled', 'restartPolicy', 'scoringTimeoutMs', 'requestSettings.requestTimeoutMs'],
  ...['gateImage', 'pullIdentity', 'environmentVariables', 'tags', 'description'],
]

/** @throws InputError with every fault of the file */
export function aciDeploymentConfig(document: ConfigDocument): {
  readonly config: AciDeploymentConfig
  readonly warnings: readonly ConfigWarning[]
} {
  const file = readDeploymentFile(document, aciRules)
  const { given } = file
  const resources = given.containerResourceRequirements ?? {}
  const { vnetName, subnetName, vaultBaseUrl, keyName, keyVersion } = given
  return {
    config: {
      cpu: resources.cpu ?? v1Defaults.cpu,
      memoryGiB: resources.memoryInGB ?? v1Defaults.memoryGiB,
      gpu: resources.gpu || given.gpuCores || undefined,
      location: given.location?.replaceAll(' ', '').toLowerCase(),
      authentication: (given.authEnabled ?? given.authMode === 'key') ? 'key' : 'none',
      keys: givenKeys(given),
      tls: tlsOf(given),
      dnsNameLabel: given.dnsNameLabel,
      network: vnetName !== undefined && subnetName !== undefined ? { vnetName, subnetName } : undefined,
      encryption:
        vaultBaseUrl !== undefined && keyName !== undefined && keyVersion !== undefined
          ? { vaultBaseUrl, keyName, keyVersion }
          : undefined,
      appInsightsEnabled: given.appInsightsEnabled ?? false,
      collectsData: given.dataCollection?.storageEnabled ?? false,
      restartPolicy: given.restartPolicy ?? 'Always',
      scoringTimeoutMs:
        given.requestSettings?.requestTimeoutMs ?? given.scoringTimeoutMs ?? v1Defaults.scoringTimeoutMs,
      gateImage: given.gateImage,
      pullIdentity: given.pullIdentity,
      environmentVariables: textsOf('environmentVariables', given, document),
      tags: textsOf('tags', given, document),
      description: given.description,
    },
    warnings: warningsOf(file),
  }
}

function tlsOf({ sslEnabled, sslCertificate, sslKey, cname }: GivenDeployment): AciDeploymentConfig['tls'] {
  if (!sslEnabled || sslCertificate === undefined || sslKey === undefined || cname === undefined) return undefined
  return { certificate: sslCertificate, key: sslKey, cname }
}

function aciRules(given: Sparse<GivenDeployment>): RuleFault[] {
  const faults: RuleFault[] = []
  const fault = (path: ValuePath, message: string) => faults.push({ path, message })
  if (given.tokenAuthEnabled === true || (given.authMode !== undefined && given.authMode !== 'key'))
    fault(
      [given.tokenAuthEnabled ? 'tokenAuthEnabled' : 'authMode'],
      'A service on ACI takes keys or asks for nothing; tokens are for managed endpoints and AKS.',
    )
  if (given.keys !== undefined && given.authEnabled !== true && given.authMode === undefined)
    fault(['keys'], 'Keys were given while authEnabled is not true; without it nobody is asked for them.')
  if (given.sslEnabled === true) {
    const missing = (['sslCertificate', 'sslKey', 'cname'] as const).filter((key) => given[key] === undefined)
    const said = given.computeType?.toLowerCase() === 'aci'
    if (missing.length > 0 && !said) fault(['sslEnabled'], `True was given without ${missing.join(' and ')}.`)
  }
  if (given.dnsNameLabel !== undefined) {
    const allowed = 'a label of 5 to 63 lower-case letters, digits and "-" is allowed'
    if (!/^[a-z][a-z0-9-]{3,61}[a-z0-9]$/.test(given.dnsNameLabel))
      fault(['dnsNameLabel'], `"${given.dnsNameLabel.slice(0, 70)}" was given; ${allowed}.`)
    if (given.vnetName !== undefined)
      fault(['dnsNameLabel'], 'A container group in a virtual network has no public name; leave the label out.')
  }
  const { cpu = 0, memoryInGB = 0 } = given.containerResourceRequirements ?? {}
  if (cpu > 4)
    fault(['containerResourceRequirements', 'cpu'], `${cpu} was given; a container group has at most 4 CPUs.`)
  if (memoryInGB > 16)
    fault(
      ['containerResourceRequirements', 'memoryInGB'],
      `${memoryInGB} was given; a container group has at most 16 GB.`,
    )
  return faults
}

function warningsOf(file: DeploymentFile): ConfigWarning[] {
  const { given, document } = file
  const gpu = given.containerResourceRequirements?.gpu || given.gpuCores
  const warnings: ConfigWarning[] = []
  if (gpu)
    warnings.push({
      message:
        'GPUs in container groups were a preview in a few regions; where Azure does not offer them, it refuses the group.',
      position: {
        file: document.file,
        line: document.line(given.gpuCores ? ['gpuCores'] : ['containerResourceRequirements', 'gpu']),
      },
    })
  return [...warnings, ...fpgaWarnings(file), ...unhonoured(file, honoured, 'A service on ACI')]
}
