import { isBusy } from '../azure/armError.ts'
import type { ManagedDeploymentConfig } from '../config/deploymentConfig.ts'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'
import { settingsTag } from '../rollout/live.ts'
import type { DeploymentSpec } from '../workspace/deployment.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { candidateName, settingsDigest } from './candidate.ts'

/** The managed online endpoint of that name; made when there is none, refused when it is of another kind. */
export async function ensureManagedEndpoint(options: {
  readonly host: Host
  readonly workspace: Workspace
  readonly name: string
  readonly config: ManagedDeploymentConfig
  readonly tags: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
}): Promise<Endpoint> {
  const { host, workspace, name, config, tags, timeoutSeconds } = options
  const { authMode, description, publicNetworkAccess, keys } = config
  // Asked before, so that nothing lies between the look and the write.
  const { location } = await workspace.properties()
  const present = await workspace.endpoints.settled(name, { deadlineSeconds: timeoutSeconds })
  if (present) {
    requireManaged(present)
    if (present.authMode !== authMode)
      host.log.warning(
        `The endpoint "${name}" authenticates by ${present.authMode} and keeps that: ${authMode} can be chosen only when an endpoint is made.`,
      )
    return present
  }
  const create = () =>
    workspace.endpoints.put(
      {
        ...{ name, location, kind: 'Managed', authMode, description, publicNetworkAccess, tags },
        identity: { type: 'SystemAssigned' },
        ...(keys ? { properties: { keys } } : {}),
      },
      {
        deadlineSeconds: timeoutSeconds,
        onState: (_, done) =>
          host.progress({ label: `Creating ${name}`, done, total: timeoutSeconds, unit: 'seconds' }),
      },
    )
  return host.group(`Create the endpoint ${name}`, async () => {
    try {
      return await create()
    } catch (error) {
      // Another run was quicker, or the answer to an earlier attempt was lost.
      const made = isBusy(error)
        ? await workspace.endpoints.settled(name, { deadlineSeconds: timeoutSeconds })
        : undefined
      if (made) return made
      throw error
    }
  })
}

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
    ...(egressPublicNetworkAccess ? { raw: { egressPublicNetworkAccess } } : {}),
  }
  // Without the model, because an update keeps the settings and brings another model in.
  const settings = settingsDigest({ ...spec, model: undefined })
  return { ...spec, name: candidateName(spec, model.version), tags: { ...spec.tags, [settingsTag]: settings } }
}
