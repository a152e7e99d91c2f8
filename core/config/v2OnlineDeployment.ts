import { anyText, anything, booleanField, pathField, section, textField, textMap, wholeNumber, word } from './fields.ts'
import { v2EnvironmentReference } from './v2Environment.ts'
import type { Words } from './v2Words.ts'

const probe = section({
  initial_delay: wholeNumber(0).optional(),
  period: wholeNumber(1).optional(),
  timeout: wholeNumber(1).optional(),
  success_threshold: wholeNumber(1).optional(),
  failure_threshold: wholeNumber(1).optional(),
})

/** An online deployment as `az ml` of v2 and its SDK write it. */
export const v2OnlineDeployment = section({
  $schema: anyText.optional(),
  name: textField.optional(),
  endpoint_name: textField.optional(),
  type: word(['managed', 'kubernetes']).optional(),
  model: anything,
  model_mount_path: anything,
  code_configuration: section({ code: pathField, scoring_script: pathField }).optional(),
  environment: v2EnvironmentReference.optional(),
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

/** Keys that nothing here is made of. */
export const onlyInV2 = ['scale_settings', 'data_collector', 'resources', 'model_mount_path', 'properties'].map(
  (key) => [key],
)

/** Our words for keys of the same meaning. */
export const onlineWords: Words = {
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

function probeWords(v2: string, own: string): Words {
  return {
    [`${v2}.initial_delay`]: `${own}.initialDelaySeconds`,
    [`${v2}.period`]: `${own}.periodSeconds`,
    [`${v2}.timeout`]: `${own}.timeoutSeconds`,
    [`${v2}.success_threshold`]: `${own}.successThreshold`,
    [`${v2}.failure_threshold`]: `${own}.failureThreshold`,
  }
}
