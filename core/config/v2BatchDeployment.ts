import { valueAt } from './check.ts'
import type { ConfigDocument } from './document.ts'
import { anyText, anything, pathField, section, textField, textMap, wholeNumber, word } from './fields.ts'
import { v2EnvironmentReference } from './v2Environment.ts'
import { put, translated, type Words } from './v2Words.ts'

/** How files are handed to the script; these keys stand in `settings`, and in older files beside it. */
const settings = {
  max_concurrency_per_instance: wholeNumber(1).optional(),
  mini_batch_size: wholeNumber(1).optional(),
  error_threshold: wholeNumber(-1).optional(),
  output_action: word(['append_row', 'summary_only']).optional(),
  output_file_name: textField.regex(/^[^/\\]+$/, 'a file name without folders is allowed').optional(),
  retry_settings: section({
    max_retries: wholeNumber(0).optional(),
    timeout: wholeNumber(1, 86_400).optional(),
  }).optional(),
  logging_level: word(['info', 'warning', 'debug']).optional(),
  environment_variables: textMap.optional(),
}

/** A batch deployment of a model as `az ml` of v2 and its SDK write it. */
export const v2BatchDeployment = section({
  $schema: anyText.optional(),
  name: textField.optional(),
  endpoint_name: textField.optional(),
  type: word(['model']).optional(),
  description: anyText.optional(),
  tags: textMap.optional(),
  properties: anything,
  model: anything,
  code_configuration: section({ code: pathField, scoring_script: pathField }).optional(),
  environment: v2EnvironmentReference.optional(),
  compute: textField
    .regex(
      /^(?:azureml:)?(?:[a-zA-Z][\w-]*|\/subscriptions\/.+\/computes\/[^/]+)$/i,
      'the name of a compute cluster, or azureml:NAME, is allowed',
    )
    .optional(),
  resources: section({
    instance_count: wholeNumber(1).optional(),
    instance_type: anything,
    properties: anything,
    shm_size: anything,
    docker_args: anything,
  }).optional(),
  settings: section(settings).optional(),
  ...settings,
})

/** Keys that nothing here is made of. */
export const onlyInV2Batch = [
  ...[['properties'], ['resources', 'instance_type'], ['resources', 'properties']],
  ...[
    ['resources', 'shm_size'],
    ['resources', 'docker_args'],
  ],
]

const ofSettings: Words = {
  max_concurrency_per_instance: 'maxConcurrencyPerInstance',
  mini_batch_size: 'miniBatchSize',
  error_threshold: 'errorThreshold',
  output_action: 'outputAction',
  output_file_name: 'outputFileName',
  'retry_settings.max_retries': 'retrySettings.maxRetries',
  'retry_settings.timeout': 'retrySettings.timeoutSeconds',
  logging_level: 'loggingLevel',
  environment_variables: 'environmentVariables',
}
const common: Words = {
  compute: 'computeTargetName',
  'resources.instance_count': 'instanceCount',
  tags: 'tags',
  description: 'description',
}

/** Our words for what a batch deployment of v2 says, and the document in them. */
export function batchWords(document: ConfigDocument): {
  readonly words: Words
  readonly value: Record<string, unknown>
} {
  const nested = valueAt(document.value, ['settings']) !== undefined
  const within = Object.fromEntries(Object.entries(ofSettings).map(([theirs, ours]) => [`settings.${theirs}`, ours]))
  // What stands in `settings` is what counts, as in v2 itself.
  const words = { ...common, ...ofSettings, ...(nested ? within : {}) }
  const value = translated(document, words)
  put(value, ['computeType'], 'batch')
  const { outputAction, computeTargetName } = value
  if (typeof outputAction === 'string') value.outputAction = outputAction.replaceAll('_', '')
  if (typeof computeTargetName === 'string') value.computeTargetName = computeTargetName.split(/[:/]/).at(-1)
  // Lines are those of the key that counted.
  const found = Object.entries(words).filter(([theirs]) => valueAt(document.value, theirs.split('.')) !== undefined)
  return { words: Object.fromEntries([...found.toReversed(), ...Object.entries(words)]), value }
}
