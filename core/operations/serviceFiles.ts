import type { ConfigPurpose } from '../config/inferenceConfig.ts'
import {
  defaultTargetDeployment,
  deploymentSecrets,
  parseTargetDeployment,
  type TargetDeployment,
} from '../config/targetDeployment.ts'
import type { TargetName } from '../config/targetNames.ts'
import type { Host } from '../host.ts'
import type { ServiceFiles } from '../targets/target.ts'
import { readInferenceFiles } from './inferenceFiles.ts'
import { readUserFile, showWarnings } from './userFile.ts'

/** The files that make a service, for the target that is wanted or the one they name; their secrets are masked. */
export async function readServiceFiles(
  host: Host,
  options: {
    readonly inferenceConfig: string
    readonly deploymentConfig: string | undefined
    readonly target: TargetName | undefined
  },
): Promise<ServiceFiles> {
  const { inferenceConfig } = options
  const deployment = await readDeployment(host, options)
  const purpose = purposeOf(deployment.target)
  return { ...(await readInferenceFiles(host, { inferenceConfig, purpose })), deployment }
}

/** Where an image is built of the environment; elsewhere Azure ML is given it. */
const targetsOfImages: ReadonlySet<TargetName> = new Set(['local', 'aci', 'iot-edge'])

function purposeOf(target: TargetName): ConfigPurpose {
  if (targetsOfImages.has(target)) return 'image'
  return target === 'batch' ? 'batch' : 'managed'
}

async function readDeployment(
  host: Host,
  {
    deploymentConfig,
    target,
  }: { readonly deploymentConfig: string | undefined; readonly target: TargetName | undefined },
): Promise<TargetDeployment> {
  if (deploymentConfig === undefined) return defaultTargetDeployment(target ?? 'managed')
  const source = await readUserFile(host, 'deploymentConfig', deploymentConfig)
  const { deployment, warnings } = parseTargetDeployment(source, target)
  showWarnings(host, warnings)
  for (const secret of deploymentSecrets(deployment)) host.secret(secret)
  return deployment
}
