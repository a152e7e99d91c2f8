import { createHash } from 'node:crypto'
import type { BatchDeploymentConfig } from '../config/batchDeployment.ts'
import { rolloutTag } from '../rollout/journal.ts'
import { contains, settingsTag } from '../rollout/live.ts'
import type { BatchDeployment, BatchDeploymentSpec } from '../workspace/batchDeployment.ts'
import type { BatchService } from '../workspace/batchService.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { canonical, nameFromContent } from './candidate.ts'
import type { OnlineAssets } from './onlineAssets.ts'

const compared = [
  ...([
    'model',
    'environmentId',
    'codeId',
    'scoringScript',
    'environmentVariables',
    'compute',
    'instanceCount',
  ] as const),
  ...(['miniBatchSize', 'maxConcurrencyPerInstance', 'errorThreshold', 'outputAction', 'outputFileName'] as const),
  ...(['retrySettings', 'loggingLevel', 'description'] as const),
] satisfies readonly (keyof BatchDeploymentSpec)[]

/** What is to run on a batch endpoint, named by its content. Every setting is said, so that defaults never drift. */
export function batchDeployment(options: {
  readonly location: string
  readonly model: ModelVersion
  readonly assets: OnlineAssets
  readonly scoringScript: string
  readonly config: BatchDeploymentConfig
  /** The ARM id of the compute cluster. */
  readonly compute: string
  readonly tags: Readonly<Record<string, string>>
}): BatchDeploymentSpec {
  const { location, model, assets, scoringScript, config, compute, tags } = options
  const { environmentId, codeId, environmentVariables } = assets
  const spec: BatchDeploymentSpec = {
    ...{ name: '', location, model: model.id, environmentId, codeId, scoringScript, compute },
    environmentVariables: { ...environmentVariables, ...config.environmentVariables },
    ...{ instanceCount: config.instanceCount, miniBatchSize: config.miniBatchSize },
    ...{ maxConcurrencyPerInstance: config.maxConcurrencyPerInstance, errorThreshold: config.errorThreshold },
    ...{ outputAction: config.outputAction, outputFileName: config.outputFileName },
    ...{ retrySettings: config.retrySettings, loggingLevel: config.loggingLevel, description: config.description },
    tags: { ...config.tags, ...tags },
  }
  // Without the model, because an update keeps the settings and brings another model in.
  return named(
    { ...spec, tags: { ...spec.tags, [settingsTag]: digestOf({ ...spec, model: undefined }) } },
    model.version,
  )
}

/** What runs now, with another model and everything else as it is. */
export function batchDeploymentFrom(
  { raw, provisioningState: _, id: __, ...spec }: BatchDeployment,
  model: Pick<ModelVersion, 'id' | 'version'>,
): BatchDeploymentSpec {
  // `properties.properties` is the service's own notebook about the old deployment, and the tag that of its rollout.
  const { properties: ___, model: ____, ...settings } = raw
  const { [rolloutTag]: _____, ...tags } = spec.tags
  return named({ ...spec, tags, raw: settings, model: model.id }, model.version)
}

/** Whether a deployment has every setting that is wanted. */
export function isAsWanted(live: BatchDeploymentSpec, wanted: BatchDeploymentSpec): boolean {
  const [made, asked] = [live.tags?.[settingsTag], wanted.tags?.[settingsTag]]
  if (made !== undefined && asked !== undefined && made !== asked) return false
  return compared.every((key) => contains(live[key], wanted[key], key))
}

/** The wanted deployment under a name it can have: another one when its own is taken by something changed by hand. */
export function withFreeName(wanted: BatchDeploymentSpec, { deployments }: BatchService): BatchDeploymentSpec {
  const free = (name: string) => deployments.every((other) => other.name !== name || isAsWanted(other, wanted))
  let { name } = wanted
  for (let number = 2; !free(name); number += 1) name = `${wanted.name}-${number}`
  return { ...wanted, name }
}

function named(spec: BatchDeploymentSpec, version: string): BatchDeploymentSpec {
  return { ...spec, name: nameFromContent(digestOf(spec), version) }
}

function digestOf(spec: BatchDeploymentSpec): string {
  const content = compared.map((key) => [key, canonical(spec[key], key)])
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
