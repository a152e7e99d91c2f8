import type { Probe, RequestSettings, ServiceKeys } from './deploymentConfig.ts'
import type { DeploymentFile } from './deploymentFile.ts'
import type { GivenDeployment } from './deploymentSchema.ts'
import { isoDuration } from './duration.ts'
import type { ConfigWarning } from './faults.ts'

/** What v1 gave every service, where the file says nothing (reference v1-surface.md 1.5, 1.6). */
export const v1Defaults = {
  ...{ cpu: 0.1, memoryGiB: 0.5, minReplicas: 1, maxReplicas: 10, refreshPeriodSeconds: 1, targetUtilization: 70 },
  ...{ scoringTimeoutMs: 60_000, maxConcurrentRequests: 1, maxQueueWaitMs: 500 },
  liveness: {
    ...{ initialDelaySeconds: 310, periodSeconds: 10, timeoutSeconds: 2, successThreshold: 1, failureThreshold: 3 },
  },
} as const

/** How requests are taken, complete: what is not said is as v1 had it. */
export function v1RequestSettings(given: GivenDeployment): Required<RequestSettings> {
  const { requestSettings = {} } = given
  const timeout = requestSettings.requestTimeoutMs ?? given.scoringTimeoutMs ?? v1Defaults.scoringTimeoutMs
  const wait = requestSettings.maxQueueWaitMs ?? given.maxQueueWaitMs ?? v1Defaults.maxQueueWaitMs
  return {
    requestTimeout: isoDuration(timeout),
    maxConcurrentRequestsPerInstance:
      requestSettings.maxConcurrentRequestsPerInstance ??
      given.maxConcurrentRequestsPerContainer ??
      v1Defaults.maxConcurrentRequests,
    maxQueueWait: isoDuration(wait),
  }
}

/** A probe in the words of Azure's REST surface; what is not said is as `defaults` have it. */
export function completeProbe(
  given: NonNullable<GivenDeployment['livenessProbe']>,
  defaults: typeof v1Defaults.liveness,
): Required<Probe> {
  const seconds = (value: number) => isoDuration(value * 1000)
  return {
    initialDelay: seconds(given.initialDelaySeconds ?? defaults.initialDelaySeconds),
    period: seconds(given.periodSeconds ?? defaults.periodSeconds),
    timeout: seconds(given.timeoutSeconds ?? defaults.timeoutSeconds),
    successThreshold: given.successThreshold ?? defaults.successThreshold,
    failureThreshold: given.failureThreshold ?? defaults.failureThreshold,
  }
}

/** The keys a file gives; undefined when it gives none. */
export function givenKeys({ keys = {} }: GivenDeployment): ServiceKeys | undefined {
  const { primaryKey, secondaryKey } = keys
  if (primaryKey === undefined && secondaryKey === undefined) return undefined
  return {
    ...(primaryKey === undefined ? {} : { primaryKey }),
    ...(secondaryKey === undefined ? {} : { secondaryKey }),
  }
}

/** FPGAs were v1's alone; whoever asks for one is told so, once, where they ask. */
export function fpgaWarnings({ given, document }: DeploymentFile): ConfigWarning[] {
  const { fpga } = given.containerResourceRequirements ?? {}
  if (fpga === undefined || fpga === null || fpga === 0) return []
  const path = ['containerResourceRequirements', 'fpga']
  const message =
    'Services on FPGAs were a feature of v1 alone; its support has ended and no current API of Azure Machine Learning has a place for them, so this key changes nothing. Other accelerators can be asked for on AKS: containerResourceRequirements.accelerators.'
  return [{ message, position: { file: document.file, line: document.line(path) } }]
}
