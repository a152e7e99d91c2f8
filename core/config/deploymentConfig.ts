import { checkDocument } from './check.ts'
import { deploymentRules } from './deploymentRules.ts'
import { deploymentSchema, type GivenDeployment } from './deploymentSchema.ts'
import { textsOf } from './deploymentTexts.ts'
import { deploymentWarnings } from './deploymentWarnings.ts'
import { type ConfigDocument, parseDocument, type SourceFile } from './document.ts'
import { isoDuration } from './duration.ts'
import type { ConfigWarning } from './faults.ts'

/** A probe of the container, in the words of Azure's REST surface; durations are ISO 8601. Missing is Azure's default. */
export interface Probe {
  readonly initialDelay?: string
  readonly period?: string
  readonly timeout?: string
  readonly successThreshold?: number
  readonly failureThreshold?: number
}

/** How requests are taken, in the words of Azure's REST surface; durations are ISO 8601. Missing is Azure's default. */
export interface RequestSettings {
  /** Azure's default is PT5S. */
  readonly requestTimeout?: string
  /** Azure's default is 1. */
  readonly maxConcurrentRequestsPerInstance?: number
  /** Azure's default is PT0.5S. */
  readonly maxQueueWait?: string
}

/** The keys a service is created with; Azure makes what is missing. Secrets: mask them before anything is printed. */
export interface ServiceKeys {
  readonly primaryKey?: string
  readonly secondaryKey?: string
}

/**
 * A deployment on a managed online endpoint, as Azure's REST surface words it. What is undefined was not said:
 * a new service gets Azure's default, an existing one keeps what it has.
 */
export interface ManagedDeploymentConfig {
  readonly instanceType: string
  /** The `sku.capacity` of the deployment. */
  readonly instanceCount: number
  readonly authMode: 'Key' | 'AMLToken' | 'AADToken'
  readonly requestSettings: RequestSettings | undefined
  readonly livenessProbe: Probe | undefined
  readonly readinessProbe: Probe | undefined
  readonly appInsightsEnabled: boolean | undefined
  /** Whether what is asked and answered is kept. */
  readonly collectsData: boolean
  readonly publicNetworkAccess: 'Enabled' | 'Disabled' | undefined
  readonly egressPublicNetworkAccess: 'Enabled' | 'Disabled' | undefined
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly description: string | undefined
  readonly keys: ServiceKeys | undefined
}

export interface ParsedDeploymentConfig {
  readonly config: ManagedDeploymentConfig
  readonly warnings: readonly ConfigWarning[]
}

/** What Azure's REST reference states as the default of `instanceType`. */
export const defaultInstanceType = 'Standard_F4s_v2'

/** What holds where there is no deployment configuration at all. */
export const defaultDeploymentConfig: ManagedDeploymentConfig = {
  instanceType: defaultInstanceType,
  instanceCount: 1,
  authMode: 'Key',
  requestSettings: undefined,
  livenessProbe: undefined,
  readinessProbe: undefined,
  appInsightsEnabled: undefined,
  collectsData: false,
  publicNetworkAccess: undefined,
  egressPublicNetworkAccess: undefined,
  environmentVariables: {},
  tags: {},
  description: undefined,
  keys: undefined,
}

/**
 * Reads a deployment configuration, JSON or YAML, for a managed endpoint: in its own words, or written for ACI or AKS
 * with v1, of which all that has an equivalent is kept and the rest is warned about.
 *
 * @throws InputError with every fault of the file
 */
export function parseDeploymentConfig(source: SourceFile): ParsedDeploymentConfig {
  return managedDeploymentConfig(parseDocument(source))
}

/** The same, of a file that is parsed already. */
export function managedDeploymentConfig(document: ConfigDocument): ParsedDeploymentConfig {
  const given = checkDocument({
    document,
    schema: deploymentSchema,
    partial: deploymentSchema.partial(),
    rules: deploymentRules,
  })
  return { config: managed(given, document), warnings: deploymentWarnings(given, document) }
}

function managed(given: GivenDeployment, document: ConfigDocument): ManagedDeploymentConfig {
  return {
    instanceType: given.instanceType ?? defaultInstanceType,
    instanceCount: given.instanceCount ?? given.numReplicas ?? given.autoScaler?.minReplicas ?? 1,
    authMode: authModeOf(given),
    requestSettings: requestSettingsOf(given),
    livenessProbe: probeOf(given.livenessProbe ?? given.livenessProbeRequirements),
    readinessProbe: probeOf(given.readinessProbe),
    appInsightsEnabled: given.appInsightsEnabled,
    collectsData: given.dataCollection?.storageEnabled ?? false,
    publicNetworkAccess: accessOf(given.publicNetworkAccess),
    egressPublicNetworkAccess: accessOf(given.egressPublicNetworkAccess),
    environmentVariables: textsOf('environmentVariables', given, document),
    tags: textsOf('tags', given, document),
    description: given.description,
    keys: keysOf(given.keys),
  }
}

const authModes = { key: 'Key', aml_token: 'AMLToken', aad_token: 'AADToken' } as const

function authModeOf({ authMode, tokenAuthEnabled }: GivenDeployment): ManagedDeploymentConfig['authMode'] {
  if (authMode !== undefined) return authModes[authMode]
  return tokenAuthEnabled ? 'AMLToken' : 'Key'
}

function requestSettingsOf(given: GivenDeployment): RequestSettings | undefined {
  const settings = given.requestSettings ?? {}
  // AKS waited a minute by default; a model that needed it must not fail after a managed endpoint's five seconds.
  const fallback = /^aks/i.test(given.computeType ?? '') ? 60_000 : undefined
  const timeout = settings.requestTimeoutMs ?? given.scoringTimeoutMs ?? fallback
  const concurrent = settings.maxConcurrentRequestsPerInstance ?? given.maxConcurrentRequestsPerContainer
  const wait = settings.maxQueueWaitMs ?? given.maxQueueWaitMs
  return someOf<RequestSettings>({
    ...(timeout === undefined ? {} : { requestTimeout: isoDuration(timeout) }),
    ...(concurrent === undefined ? {} : { maxConcurrentRequestsPerInstance: concurrent }),
    ...(wait === undefined ? {} : { maxQueueWait: isoDuration(wait) }),
  })
}

function probeOf(given: GivenDeployment['livenessProbe']): Probe | undefined {
  if (given === undefined) return undefined
  const seconds = (key: keyof Probe, value: number | undefined) =>
    value === undefined ? {} : { [key]: isoDuration(value * 1000) }
  return someOf<Probe>({
    ...seconds('initialDelay', given.initialDelaySeconds),
    ...seconds('period', given.periodSeconds),
    ...seconds('timeout', given.timeoutSeconds),
    ...(given.successThreshold === undefined ? {} : { successThreshold: given.successThreshold }),
    ...(given.failureThreshold === undefined ? {} : { failureThreshold: given.failureThreshold }),
  })
}

function someOf<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined
}

function accessOf(word: 'enabled' | 'disabled' | undefined) {
  if (word === undefined) return undefined
  return word === 'enabled' ? 'Enabled' : 'Disabled'
}

function keysOf({ primaryKey, secondaryKey }: NonNullable<GivenDeployment['keys']> = {}): ServiceKeys | undefined {
  return someOf<ServiceKeys>({
    ...(primaryKey === undefined ? {} : { primaryKey }),
    ...(secondaryKey === undefined ? {} : { secondaryKey }),
  })
}
