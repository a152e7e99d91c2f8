import { readDeploymentFile, unhonoured } from './deploymentFile.ts'
import { textsOf } from './deploymentTexts.ts'
import type { ConfigDocument } from './document.ts'
import type { ConfigWarning } from './faults.ts'
import { fpgaWarnings } from './v1Deployment.ts'

/** A service on this machine (reference v1-surface.md 1.4). What is undefined was not said. */
export interface LocalDeploymentConfig {
  /** A free one when undefined. */
  readonly port: number | undefined
  /** Docker where an engine of this machine answers, else a process, unless it is said. */
  readonly runtime: 'auto' | 'docker' | 'process'
  /** The interpreter of a service that runs as a process. */
  readonly python: string | undefined
  readonly scoringTimeoutMs: number | undefined
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly description: string | undefined
}

/** What holds where there is no deployment configuration at all. */
export const defaultLocalDeployment: LocalDeploymentConfig = {
  port: undefined,
  runtime: 'auto',
  python: undefined,
  scoringTimeoutMs: undefined,
  environmentVariables: {},
  tags: {},
  description: undefined,
}

const honoured = [
  'containerResourceRequirements.fpga',
  ...['port', 'runtime', 'python'],
  'scoringTimeoutMs',
  'requestSettings.requestTimeoutMs',
  'environmentVariables',
  'tags',
  'description',
]

/** @throws InputError with every fault of the file */
export function localDeploymentConfig(document: ConfigDocument): {
  readonly config: LocalDeploymentConfig
  readonly warnings: readonly ConfigWarning[]
} {
  const file = readDeploymentFile(document)
  const { given } = file
  return {
    config: {
      port: given.port,
      runtime: given.runtime ?? 'auto',
      python: given.python,
      scoringTimeoutMs: given.requestSettings?.requestTimeoutMs ?? given.scoringTimeoutMs,
      environmentVariables: textsOf('environmentVariables', given, document),
      tags: textsOf('tags', given, document),
      description: given.description,
    },
    warnings: [...fpgaWarnings(file), ...unhonoured(file, honoured, 'A service on this machine')],
  }
}
