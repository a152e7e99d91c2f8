import type { AksDeploymentConfig, ReplicaResources } from '../config/aksDeployment.ts'
import { InputError } from '../errors.ts'
import { settingsTag } from '../rollout/live.ts'
import type { Compute } from '../workspace/computes.ts'
import type { DeploymentSpec } from '../workspace/deployment.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { sameId } from '../workspace/service.ts'
import { candidateName, settingsDigest } from './candidate.ts'
import { dataCollector } from './dataCollector.ts'
import type { OnlineAssets } from './onlineAssets.ts'

/** Throws an InputError when a compute is not a cluster that this configuration can be deployed to. */
export function requireCluster(compute: Compute, { namespace }: Pick<AksDeploymentConfig, 'namespace'>): void {
  const { name, type } = compute
  if (type === 'AKS')
    throw new InputError(`The compute "${name}" was attached the way of v1, which takes no new services.`, {
      hint: `Detach it and attach the cluster again: azureml-cd compute --action attach --name ${name} --resource-id …`,
    })
  if (type !== 'Kubernetes')
    throw new InputError(`The compute "${name}" is of type ${type}; target aks needs a Kubernetes compute.`)
  if (namespace !== undefined && compute.namespace !== undefined && namespace !== compute.namespace)
    throw new InputError(
      `The configuration names the namespace "${namespace}", but the compute "${name}" is attached with "${compute.namespace}".`,
      { hint: 'A compute has one namespace: attach the cluster a second time, under another name and with this one.' },
    )
}

/** Throws an InputError when an endpoint's name is taken by one that does not live on this cluster. */
export function requireOnCluster({ name, compute }: Endpoint, cluster: Compute): void {
  if (compute === undefined)
    throw new InputError(`The name "${name}" is taken by a managed endpoint; target aks cannot deploy to it.`)
  if (!sameId(compute, cluster.id))
    throw new InputError(
      `The endpoint "${name}" lives on ${compute.split('/').at(-1)}, not on ${cluster.name}; a service cannot be moved to another cluster.`,
      { hint: 'Deploy it there under another name, move its clients, and remove this one.' },
    )
}

/** What is to run on a cluster, named by its content. */
export function kubernetesDeployment(options: {
  readonly location: string
  readonly compute: Compute
  readonly model: ModelVersion
  readonly assets: OnlineAssets
  readonly scoringScript: string
  readonly config: AksDeploymentConfig
  readonly tags: Readonly<Record<string, string>>
}): DeploymentSpec {
  const { location, compute, model, assets, scoringScript, config, tags } = options
  const { scale } = config
  const { environmentId, codeId, environmentVariables } = assets
  const spec: DeploymentSpec = {
    ...{ name: '', location, computeType: 'Kubernetes', model: model.id, environmentId, codeId, scoringScript },
    environmentVariables: { ...environmentVariables, ...config.environmentVariables },
    instanceType: instanceTypeFor(compute, config),
    ...(scale.kind === 'fixed'
      ? { instanceCount: scale.replicas, scaleSettings: { scaleType: 'Default' } }
      : {
          instanceCount: scale.minReplicas,
          scaleSettings: {
            scaleType: 'TargetUtilization',
            minInstances: scale.minReplicas,
            maxInstances: scale.maxReplicas,
            pollingInterval: `PT${scale.refreshPeriodSeconds}S`,
            targetUtilizationPercentage: scale.targetUtilization,
          },
        }),
    requestSettings: { ...config.requestSettings },
    ...{ livenessProbe: config.livenessProbe, readinessProbe: config.readinessProbe },
    ...{ appInsightsEnabled: config.appInsightsEnabled, description: config.description },
    tags: { ...config.tags, ...tags },
    raw: {
      containerResourceRequirements: {
        ...resources('containerResourceRequests', config.requests),
        ...resources('containerResourceLimits', config.limits),
      },
      ...dataCollector(config.collectsData),
    },
  }
  const settings = settingsDigest({ ...spec, model: undefined })
  return { ...spec, name: candidateName(spec, model.version), tags: { ...spec.tags, [settingsTag]: settings } }
}

/** As Kubernetes writes quantities. */
function resources(key: string, { cpu, memoryGiB, gpu }: ReplicaResources): Readonly<Record<string, unknown>> {
  const quantities = {
    ...(cpu === undefined ? {} : { cpu: String(cpu) }),
    ...(memoryGiB === undefined ? {} : { memory: `${memoryGiB}Gi` }),
    ...(gpu === undefined ? {} : { gpu: String(gpu) }),
  }
  return Object.keys(quantities).length > 0 ? { [key]: quantities } : {}
}

/**
 * The instance type of the compute that is asked for by its name, or that has the extended resources that are asked
 * for: deployments of Azure ML know CPU, memory and NVIDIA's GPUs, and everything else comes with an instance type.
 */
export function instanceTypeFor(
  { name, instanceTypes }: Compute,
  { instanceType, accelerators }: AksDeploymentConfig,
): string | undefined {
  const known = Object.keys(instanceTypes)
  const there = known.length > 0 ? `It has ${known.join(', ')}.` : 'It has none of its own.'
  if (instanceType !== undefined && known.length > 0 && !known.includes(instanceType))
    throw new InputError(`The compute "${name}" has no instance type "${instanceType}". ${there}`)
  const wanted = Object.entries(accelerators)
  if (wanted.length === 0) return instanceType
  const has = (type: string) =>
    wanted.every(([resource, count]) => Number(instanceTypes[type]?.resources?.limits?.[resource] ?? 0) >= count)
  const found = instanceType === undefined ? known.find(has) : [instanceType].find(has)
  if (found !== undefined) return found
  const asked = wanted.map(([resource, count]) => `${resource}: ${count}`).join(', ')
  throw new InputError(`No instance type of the compute "${name}" has ${asked}. ${there}`, {
    hint: 'Add one with that limit: azureml-cd compute --action attach … --instance-types FILE.',
  })
}
