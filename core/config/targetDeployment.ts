import { InputError } from '../errors.ts'
import { type AciDeploymentConfig, aciDeploymentConfig, defaultAciDeployment } from './aciDeployment.ts'
import { type AksDeploymentConfig, aksDeploymentConfig, defaultAksDeployment } from './aksDeployment.ts'
import { type BatchDeploymentConfig, batchDeploymentConfig, defaultBatchDeployment } from './batchDeployment.ts'
import { valueAt } from './check.ts'
import { defaultDeploymentConfig, type ManagedDeploymentConfig, managedDeploymentConfig } from './deploymentConfig.ts'
import { type ConfigDocument, parseDocument, type SourceFile } from './document.ts'
import { type ConfigWarning, faultsError, shown } from './faults.ts'
import { type IotDeploymentConfig, iotDeploymentConfig } from './iotDeployment.ts'
import { defaultLocalDeployment, type LocalDeploymentConfig, localDeploymentConfig } from './localDeployment.ts'
import { nearest } from './nearest.ts'
import { type TargetName, targetOfComputeType } from './targetNames.ts'
import { deploymentWords } from './v2Deployment.ts'

/** What each target's deployment configuration says. */
export interface TargetConfigs {
  readonly managed: ManagedDeploymentConfig
  readonly local: LocalDeploymentConfig
  readonly aci: AciDeploymentConfig
  readonly aks: AksDeploymentConfig
  readonly batch: BatchDeploymentConfig
  readonly 'iot-edge': IotDeploymentConfig
}

/** A deployment configuration and the target it is for. */
export type TargetDeployment = {
  readonly [T in keyof TargetConfigs]: { readonly target: T; readonly config: TargetConfigs[T] }
}[keyof TargetConfigs]

export interface ParsedTargetDeployment {
  readonly deployment: TargetDeployment
  readonly warnings: readonly ConfigWarning[]
}

/** What holds where there is no deployment configuration at all. */
export function defaultTargetDeployment(target: TargetName): TargetDeployment {
  switch (target) {
    case 'managed':
      return { target, config: defaultDeploymentConfig }
    case 'local':
      return { target, config: defaultLocalDeployment }
    case 'aci':
      return { target, config: defaultAciDeployment }
    case 'aks':
      return { target, config: defaultAksDeployment }
    case 'batch':
      return { target, config: defaultBatchDeployment }
    case 'iot-edge':
      throw new InputError(
        'A service on devices needs a deployment configuration: which device or devices, and the name of the module.',
      )
  }
}

/**
 * Reads a deployment configuration, JSON or YAML, or an online deployment of v2, for the target that is wanted, or else for the one that its
 * computeType names, or else for a managed endpoint.
 *
 * @throws InputError with every fault of the file
 */
export function parseTargetDeployment(source: SourceFile, wanted: TargetName | undefined): ParsedTargetDeployment {
  const { document, warnings } = deploymentWords(parseDocument(source))
  const parsed = deploymentIn(document, wanted)
  return { ...parsed, warnings: [...warnings, ...parsed.warnings] }
}

function deploymentIn(document: ConfigDocument, wanted: TargetName | undefined): ParsedTargetDeployment {
  const named = targetNamed(document)
  const target = wanted ?? named ?? 'managed'
  const elsewhere = named !== undefined && named !== target ? [movedWarning(document, target)] : []
  switch (target) {
    case 'managed': {
      // It warns itself of having been written for another target, and of what became of every key.
      const { config, warnings } = managedDeploymentConfig(document)
      return { deployment: { target, config }, warnings }
    }
    case 'local': {
      const { config, warnings } = localDeploymentConfig(document)
      return { deployment: { target, config }, warnings: [...elsewhere, ...warnings] }
    }
    case 'aci': {
      const { config, warnings } = aciDeploymentConfig(document)
      return { deployment: { target, config }, warnings: [...elsewhere, ...warnings] }
    }
    case 'aks': {
      const { config, warnings } = aksDeploymentConfig(document)
      return { deployment: { target, config }, warnings: [...elsewhere, ...warnings] }
    }
    case 'batch': {
      const { config, warnings } = batchDeploymentConfig(document)
      return { deployment: { target, config }, warnings: [...elsewhere, ...warnings] }
    }
    case 'iot-edge': {
      const { config, warnings } = iotDeploymentConfig(document)
      return { deployment: { target, config }, warnings: [...elsewhere, ...warnings] }
    }
  }
}

/** What of a configuration must be masked before anything is printed. */
export function deploymentSecrets({ config }: TargetDeployment): readonly string[] {
  const { primaryKey, secondaryKey } = ('keys' in config ? config.keys : undefined) ?? {}
  const passwords = 'registries' in config ? config.registries.map(({ password }) => password) : []
  return [primaryKey, secondaryKey, ...passwords].filter((secret) => secret !== undefined)
}

/** The target that the file's computeType names; undefined when it has none. */
function targetNamed(document: ConfigDocument): TargetName | undefined {
  const computeType = valueAt(document.value, ['computeType'])
  if (typeof computeType !== 'string') return undefined
  const target = targetOfComputeType.get(computeType.trim().toLowerCase())
  if (target !== undefined) return target
  const known = [...targetOfComputeType.keys()]
  const meant = nearest(computeType, known)
  const hint = meant === undefined ? `${known.join(', ')} are allowed.` : `did you mean "${meant}"?`
  const path = ['computeType']
  const message = `${shown(computeType)} was given; ${hint}`
  throw faultsError(document.file, [{ line: document.line(path), path, message }])
}

function movedWarning(document: ConfigDocument, target: TargetName): ConfigWarning {
  const written = shown(valueAt(document.value, ['computeType']))
  const position = { file: document.file, line: document.line(['computeType']) }
  return {
    message: `This file was written for ${written}; the service goes to ${target}, as the target says.`,
    position,
  }
}
