import { checkDocument } from './check.ts'
import type { ConfigDocument } from './document.ts'
import { isoDuration } from './duration.ts'
import type { ConfigWarning } from './faults.ts'
import { anyText, section, textField, textMap, wholeNumber, word } from './fields.ts'

/** How files are scored in bulk; durations are ISO 8601. Defaults are those of Azure's REST reference. */
export interface BatchDeploymentConfig {
  /** The compute cluster; an input of the operation may say it too. */
  readonly compute: string | undefined
  readonly instanceCount: number
  readonly miniBatchSize: number
  readonly maxConcurrencyPerInstance: number
  readonly outputAction: 'AppendRow' | 'SummaryOnly'
  readonly outputFileName: string
  /** How many items may fail; -1 is all. */
  readonly errorThreshold: number
  readonly retrySettings: { readonly maxRetries: number; readonly timeout: string }
  readonly loggingLevel: 'Info' | 'Warning' | 'Debug'
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly description: string | undefined
}

export const defaultBatchDeployment: BatchDeploymentConfig = {
  ...{ compute: undefined, instanceCount: 1, miniBatchSize: 10, maxConcurrencyPerInstance: 1 },
  ...{ outputAction: 'AppendRow', outputFileName: 'predictions.csv', errorThreshold: -1 },
  ...{ retrySettings: { maxRetries: 3, timeout: 'PT30S' }, loggingLevel: 'Info' },
  ...{ environmentVariables: {}, tags: {}, description: undefined },
}

const schema = section({
  $schema: anyText.optional(),
  computeType: textField.optional(),
  // v1 called the cluster of a service by this name, whatever its kind.
  computeTargetName: textField.optional(),
  instanceCount: wholeNumber(1).optional(),
  miniBatchSize: wholeNumber(1).optional(),
  maxConcurrencyPerInstance: wholeNumber(1).optional(),
  outputAction: word(['AppendRow', 'SummaryOnly']).optional(),
  outputFileName: textField.regex(/^[^/\\]+$/, 'a file name without folders is allowed').optional(),
  errorThreshold: wholeNumber(-1).optional(),
  retrySettings: section({
    maxRetries: wholeNumber(0).optional(),
    timeoutSeconds: wholeNumber(1, 86_400).optional(),
  }).optional(),
  loggingLevel: word(['Info', 'Warning', 'Debug']).optional(),
  environmentVariables: textMap.optional(),
  tags: textMap.optional(),
  description: anyText.optional(),
})

/** @throws InputError with every fault of the file */
export function batchDeploymentConfig(document: ConfigDocument): {
  readonly config: BatchDeploymentConfig
  readonly warnings: readonly ConfigWarning[]
} {
  const given = checkDocument({ document, schema, partial: schema.partial(), rules: () => [] })
  const defaults = defaultBatchDeployment
  const texts = (key: 'environmentVariables' | 'tags'): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(given[key] ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (document.scalar([key, name]) ?? String(value)),
      ]),
    )
  const { maxRetries = 3, timeoutSeconds = 30 } = given.retrySettings ?? {}
  return {
    config: {
      compute: given.computeTargetName,
      instanceCount: given.instanceCount ?? defaults.instanceCount,
      miniBatchSize: given.miniBatchSize ?? defaults.miniBatchSize,
      maxConcurrencyPerInstance: given.maxConcurrencyPerInstance ?? defaults.maxConcurrencyPerInstance,
      outputAction: given.outputAction ?? defaults.outputAction,
      outputFileName: given.outputFileName ?? defaults.outputFileName,
      errorThreshold: given.errorThreshold ?? defaults.errorThreshold,
      retrySettings: { maxRetries, timeout: isoDuration(timeoutSeconds * 1000) },
      loggingLevel: given.loggingLevel ?? defaults.loggingLevel,
      ...{ environmentVariables: texts('environmentVariables'), tags: texts('tags'), description: given.description },
    },
    warnings: [],
  }
}
