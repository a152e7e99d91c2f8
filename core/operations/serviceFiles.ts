import { parseDocument, type SourceFile } from '../config/document.ts'
import { withEndpoint } from '../config/endpointOverlay.ts'
import type { ConfigPurpose } from '../config/inferenceConfig.ts'
import {
  defaultTargetDeployment,
  deploymentSecrets,
  parseTargetDeployment,
  type TargetDeployment,
} from '../config/targetDeployment.ts'
import type { TargetName } from '../config/targetNames.ts'
import { type EndpointFile, parseEndpointFile } from '../config/v2Endpoint.ts'
import { v2KindOf } from '../config/v2Words.ts'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ServiceFiles } from '../targets/target.ts'
import { readInferenceFiles } from './inferenceFiles.ts'
import { readUserFile, showWarnings } from './userFile.ts'

/** The files that make a service, for the target that is wanted or the one they name; their secrets are masked. */
export async function readServiceFiles(
  host: Host,
  options: {
    readonly service: string
    /** The deployment configuration, where that is one of v2 and says it all. */
    readonly inferenceConfig: string | undefined
    readonly deploymentConfig: string | undefined
    readonly endpointConfig: string | undefined
    readonly target: TargetName | undefined
  },
): Promise<ServiceFiles> {
  const { service, deploymentConfig, endpointConfig } = options
  const endpoint = endpointConfig === undefined ? undefined : await readEndpoint(host, endpointConfig, service)
  const target = options.target ?? (deploymentConfig === undefined ? endpoint?.target : undefined)
  const source =
    deploymentConfig === undefined ? undefined : await readUserFile(host, 'deploymentConfig', deploymentConfig)
  const read = readDeployment(host, source, target)
  const deployment = endpoint ? withEndpoint(read, endpoint) : read
  const inferenceConfig = options.inferenceConfig ?? (source && saysItAll(source) ? deploymentConfig : undefined)
  if (inferenceConfig === undefined)
    throw new InputError(
      `${host.spelling('inferenceConfig')} is required: ${deploymentConfig} does not say how the model is served.`,
    )
  const purpose = purposeOf(deployment.target)
  const files = { ...(await readInferenceFiles(host, { inferenceConfig, purpose })), deployment }
  return endpoint ? { ...files, endpoint: { description: endpoint.description, tags: endpoint.tags } } : files
}

/** A deployment of v2 says how a model is served, too. */
function saysItAll(source: SourceFile): boolean {
  return /-deployment$/.test(v2KindOf(parseDocument(source)) ?? '')
}

async function readEndpoint(host: Host, file: string, service: string): Promise<EndpointFile> {
  const endpoint = parseEndpointFile(await readUserFile(host, 'endpointConfig', file))
  showWarnings(host, endpoint.warnings)
  if (endpoint.name !== undefined && endpoint.name !== service)
    host.log.warning(
      `The endpoint is called "${endpoint.name}" in this file; it is made as "${service}", as ${host.spelling('service')} says.`,
      { file },
    )
  return endpoint
}

/** Where an image is built of the environment; elsewhere Azure ML is given it. */
const targetsOfImages: ReadonlySet<TargetName> = new Set(['local', 'aci', 'iot-edge'])

function purposeOf(target: TargetName): ConfigPurpose {
  if (targetsOfImages.has(target)) return 'image'
  return target === 'batch' ? 'batch' : 'managed'
}

function readDeployment(host: Host, source: SourceFile | undefined, target: TargetName | undefined): TargetDeployment {
  if (source === undefined) return defaultTargetDeployment(target ?? 'managed')
  const { deployment, warnings } = parseTargetDeployment(source, target)
  showWarnings(host, warnings)
  for (const secret of deploymentSecrets(deployment)) host.secret(secret)
  return deployment
}
