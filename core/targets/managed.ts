import type { ManagedDeploymentConfig } from '../config/deploymentConfig.ts'
import { InputError } from '../errors.ts'
import { settingsTag } from '../rollout/live.ts'
import type { DeploymentSpec } from '../workspace/deployment.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { candidateName, settingsDigest } from './candidate.ts'
import { dataCollector } from './dataCollector.ts'

/** Throws an InputError when an endpoint's name is taken by one that Azure does not manage itself. */
export function requireManaged({ name, kind, compute }: Endpoint): void {
  const taken = compute
    ? `a Kubernetes endpoint on ${compute.split('/').at(-1)}`
    : kind && !/^managed$/i.test(kind)
      ? `an endpoint of kind ${kind}`
      : undefined
  if (taken) throw new InputError(`The name "${name}" is taken by ${taken}; target managed cannot deploy to it.`)
}

/** What is to run on a managed endpoint, named by its content. */
export function managedDeployment(options: {
  readonly location: string
  readonly model: ModelVersion
  readonly environmentId: string
  readonly codeId: string
  readonly scoringScript: string
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly config: ManagedDeploymentConfig
  readonly tags: Readonly<Record<string, string>>
}): DeploymentSpec {
  const { location, model, environmentId, codeId, scoringScript, environmentVariables, config, tags } = options
  const { egressPublicNetworkAccess } = config
  const spec: DeploymentSpec = {
    ...{ name: '', location, computeType: 'Managed', model: model.id, environmentId, codeId, scoringScript },
    environmentVariables: { ...environmentVariables, ...config.environmentVariables },
    ...{
      instanceType: config.instanceType,
      instanceCount: config.instanceCount,
      requestSettings: config.requestSettings && { ...config.requestSettings },
    },
    ...{ livenessProbe: config.livenessProbe, readinessProbe: config.readinessProbe },
    ...{ appInsightsEnabled: config.appInsightsEnabled, description: config.description },
    tags: { ...config.tags, ...tags },
    raw: {
      ...(egressPublicNetworkAccess ? { egressPublicNetworkAccess } : {}),
      ...dataCollector(config.collectsData),
    },
  }
  // Without the model, because an update keeps the settings and brings another model in.
  const settings = settingsDigest({ ...spec, model: undefined })
  return { ...spec, name: candidateName(spec, model.version), tags: { ...spec.tags, [settingsTag]: settings } }
}
