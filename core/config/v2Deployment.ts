import { posix } from 'node:path'
import { z } from 'zod'
import { checkDocument, valueAt } from './check.ts'
import type { ConfigDocument } from './document.ts'
import { condaSchema } from './environmentSection.ts'
import type { ConfigWarning, ValuePath } from './faults.ts'
import { anyText, anything, booleanField, pathField, section, textField, textMap, wholeNumber, word } from './fields.ts'
import { ignoredKeysWarning } from './ignoredKeys.ts'

const probe = section({
  initial_delay: wholeNumber(0).optional(),
  period: wholeNumber(1).optional(),
  timeout: wholeNumber(1).optional(),
  success_threshold: wholeNumber(1).optional(),
  failure_threshold: wholeNumber(1).optional(),
})

const environment = section({
  $schema: anyText.optional(),
  name: textField.optional(),
  version: z.union([z.string(), z.number()], 'a text is allowed').optional(),
  image: textField.optional(),
  build: section({ path: pathField, dockerfile_path: pathField.optional() }).optional(),
  conda_file: z.union([pathField, condaSchema], 'a path, or the content of a conda file, is allowed').optional(),
  inference_config: anything,
  os_type: anything,
  description: anyText.optional(),
  tags: textMap.optional(),
})

/** An online deployment as `az ml` of v2 and its SDK write it. */
const deployment = section({
  $schema: anyText.optional(),
  name: textField.optional(),
  endpoint_name: textField.optional(),
  type: word(['managed', 'kubernetes']).optional(),
  model: anything,
  model_mount_path: anything,
  code_configuration: section({ code: pathField, scoring_script: pathField }).optional(),
  environment: z.union([textField, environment], 'an environment, or azureml:NAME:VERSION, is allowed').optional(),
  environment_variables: textMap.optional(),
  instance_type: textField.optional(),
  instance_count: wholeNumber(1).optional(),
  app_insights_enabled: booleanField.optional(),
  request_settings: section({
    request_timeout_ms: wholeNumber(1).optional(),
    max_concurrent_requests_per_instance: wholeNumber(1).optional(),
    max_queue_wait_ms: wholeNumber(0).optional(),
  }).optional(),
  liveness_probe: probe.optional(),
  readiness_probe: probe.optional(),
  egress_public_network_access: word(['enabled', 'disabled']).optional(),
  scale_settings: anything,
  data_collector: anything,
  resources: anything,
  properties: anything,
  tags: textMap.optional(),
  description: anyText.optional(),
})
type Given = z.output<typeof deployment>

/** Our words for keys of the same meaning, by the path of the words of v2. */
const sameMeaning: Readonly<Record<string, string>> = {
  type: 'computeType',
  instance_type: 'instanceType',
  instance_count: 'instanceCount',
  app_insights_enabled: 'appInsightsEnabled',
  egress_public_network_access: 'egressPublicNetworkAccess',
  environment_variables: 'environmentVariables',
  tags: 'tags',
  description: 'description',
  'request_settings.request_timeout_ms': 'requestSettings.requestTimeoutMs',
  'request_settings.max_concurrent_requests_per_instance': 'requestSettings.maxConcurrentRequestsPerInstance',
  'request_settings.max_queue_wait_ms': 'requestSettings.maxQueueWaitMs',
  ...probeWords('liveness_probe', 'livenessProbe'),
  ...probeWords('readiness_probe', 'readinessProbe'),
}

function probeWords(v2: string, own: string): Readonly<Record<string, string>> {
  return {
    [`${v2}.initial_delay`]: `${own}.initialDelaySeconds`,
    [`${v2}.period`]: `${own}.periodSeconds`,
    [`${v2}.timeout`]: `${own}.timeoutSeconds`,
    [`${v2}.success_threshold`]: `${own}.successThreshold`,
    [`${v2}.failure_threshold`]: `${own}.failureThreshold`,
  }
}

/** Our words for what makes an image, by the path of the words of v2. */
const ofImage: Readonly<Record<string, string>> = {
  'code_configuration.scoring_script': 'entryScript',
  'code_configuration.code': 'sourceDirectory',
  'environment.name': 'environment.name',
  'environment.version': 'environment.version',
  'environment.image': 'environment.docker.baseImage',
}

/** Whether a file is an online deployment of v2: it says so, or has keys that no file of v1 has. */
function isV2(document: ConfigDocument): boolean {
  const schema = valueAt(document.value, ['$schema'])
  if (typeof schema === 'string' && /OnlineDeployment\.schema\.json$/i.test(schema)) return true
  return ['code_configuration', 'endpoint_name'].some((key) => valueAt(document.value, [key]) !== undefined)
}

/**
 * The part of an online deployment of v2 that an inference configuration says, in the words of that; any other document
 * as it is. Lines remain those of the file.
 *
 * @throws InputError with every fault of a file of v2
 */
export function inferenceWords(document: ConfigDocument): ConfigDocument {
  if (!isV2(document)) return document
  const given = checked(document)
  const value = translated(document, ofImage)
  const { environment: wanted } = given
  if (typeof wanted === 'string') value.environment = wanted
  else if (wanted) {
    const { conda_file: conda, build } = wanted
    const file = typeof conda === 'string' ? { condaDependenciesFile: conda } : { condaDependencies: conda }
    if (conda !== undefined) put(value, ['environment', 'python'], file)
    if (build)
      put(
        value,
        ['environment', 'docker', 'baseDockerfile'],
        posix.join(build.path, build.dockerfile_path ?? 'Dockerfile'),
      )
  }
  return inOtherWords(document, value, ofImage)
}

/** As `inferenceWords`, for what a deployment configuration says. `warnings` are about what only v2 can say. */
export function deploymentWords(document: ConfigDocument): {
  readonly document: ConfigDocument
  readonly warnings: readonly ConfigWarning[]
} {
  if (!isV2(document)) return { document, warnings: [] }
  checked(document)
  const onlyV2 = ['scale_settings', 'data_collector', 'resources', 'model_mount_path', 'properties'].map((key) => [key])
  return {
    document: inOtherWords(document, translated(document, sameMeaning), sameMeaning),
    warnings: ignoredKeysWarning(document, onlyV2, 'A deployment that is made here'),
  }
}

function checked(document: ConfigDocument): Given {
  return checkDocument({ document, schema: deployment, partial: deployment.partial(), rules: () => [] })
}

function translated(document: ConfigDocument, words: Readonly<Record<string, string>>): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [theirs, ours] of Object.entries(words)) {
    const found = valueAt(document.value, theirs.split('.'))
    if (found !== undefined && found !== null) put(value, ours.split('.'), found)
  }
  return value
}

function put(value: Record<string, unknown>, path: readonly string[], what: unknown): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    value[key] = what
    return
  }
  const there = value[key]
  const inner: Record<string, unknown> = typeof there === 'object' && there !== null ? { ...there } : {}
  put(inner, rest, what)
  value[key] = inner
}

/** A document with other keys, whose places are those of the file it was made of. */
function inOtherWords(
  document: ConfigDocument,
  value: Record<string, unknown>,
  words: Readonly<Record<string, string>>,
): ConfigDocument {
  const theirs = (path: ValuePath): ValuePath => {
    const printed = path.join('.')
    const found = Object.entries(words).find(([, ours]) => printed === ours || printed.startsWith(`${ours}.`))
    if (!found) return path.slice(0, 1)
    const [own, mine] = found
    return [...own.split('.'), ...path.slice(mine.split('.').length)]
  }
  return {
    file: document.file,
    value,
    line: (path) => document.line(theirs(path)),
    source: (path) => document.source(theirs(path)),
    scalar: (path) => document.scalar(theirs(path)),
  }
}
