/** The parameter files of the deprecated actions that are read. */
export type LegacyFile = 'workspace' | 'registermodel' | 'deploy' | 'compute'

/** What has become of a key. */
export type LegacyKey =
  /** An input of today's operation; `words` says old values in today's words. */
  | { readonly kind: 'input'; readonly input: string; readonly words?: Readonly<Record<string, string>> }
  /** A key of a configuration file. */
  | {
      readonly kind: 'config'
      readonly file: 'inference' | 'deployment'
      readonly path: readonly [string, ...string[]]
    }
  /** Nothing that is done here; the sentence says what to do instead. */
  | { readonly kind: 'replaced'; readonly name: string; readonly successor: string }

type Keys = Readonly<Record<string, LegacyKey>>

const input = (name: string, words?: Readonly<Record<string, string>>): LegacyKey => ({
  kind: 'input',
  input: name,
  ...(words && { words }),
})
const inference = (...path: [string, ...string[]]): LegacyKey => ({ kind: 'config', file: 'inference', path })
const deployment = (...path: [string, ...string[]]): LegacyKey => ({ kind: 'config', file: 'deployment', path })

/** Several keys with one successor. */
function replaced(successor: string, ...names: readonly string[]): Keys {
  return Object.fromEntries(names.map((name) => [name, { kind: 'replaced', name, successor }]))
}

const workspace: Keys = {
  name: input('workspace'),
  resource_group: input('resourceGroup'),
  ...replaced(
    'Workspaces are not created here; create it once, with Bicep, Terraform or `az ml workspace create`.',
    ...['create_workspace', 'friendly_name', 'create_resource_group', 'location', 'sku', 'storage_account'],
    ...['key_vault', 'app_insights', 'container_registry', 'cmk_key_vault', 'resource_cmk_uri', 'hbi_workspace'],
  ),
}

const registermodel: Keys = {
  model_name: input('name'),
  model_file_name: input('path'),
  model_framework: input('framework', {
    ...{ scikitlearn: 'ScikitLearn', onnx: 'Onnx', tensorflow: 'TensorFlow', keras: 'Keras', custom: 'Custom' },
  }),
  model_framework_version: input('frameworkVersion'),
  model_tags: input('tags'),
  model_properties: input('properties'),
  model_description: input('description'),
  ...replaced(
    'Metrics are compared as the inputs min-metrics, max-metrics and better-metrics say, with the values in metrics.',
    ...['metrics_max', 'metrics_min', 'force_registration'],
  ),
  ...replaced(
    'Name the run itself in path, as in runs:/RUN/model; of a pipeline that is the run of its step.',
    'pipeline_child_run_name',
  ),
  ...replaced(
    'Put it into properties, where a person or a script finds it.',
    ...['datasets', 'sample_input_dataset', 'sample_output_dataset'],
  ),
  ...replaced(
    'Resources belong to the deployment: containerResourceRequirements of the deployment configuration.',
    ...['cpu_cores', 'memory_gb', 'resource_configuration'],
  ),
}

const probe = (key: string) => deployment('livenessProbeRequirements', key)
const scaler = (key: string) => deployment('autoScaler', key)

const deploy: Keys = {
  name: input('service'),
  tags: input('tags'),
  deployment_compute_target: deployment('computeTargetName'),
  inference_source_directory: inference('sourceDirectory'),
  inference_entry_script: inference('entryScript'),
  conda_file: inference('condaFile'),
  extra_docker_file_steps: inference('extraDockerfileSteps'),
  custom_base_image: inference('baseImage'),
  enable_gpu: inference('enableGpu'),
  cuda_version: inference('cudaVersion'),
  runtime: inference('runtime'),
  description: deployment('description'),
  authentication_enabled: deployment('authEnabled'),
  token_auth_enabled: deployment('tokenAuthEnabled'),
  app_insights_enabled: deployment('appInsightsEnabled'),
  model_data_collection_enabled: deployment('dataCollection', 'storageEnabled'),
  cpu_cores: deployment('containerResourceRequirements', 'cpu'),
  memory_gb: deployment('containerResourceRequirements', 'memoryInGB'),
  gpu_cores: deployment('gpuCores'),
  location: deployment('location'),
  dns_name_label: deployment('dnsNameLabel'),
  ssl_enabled: deployment('sslEnabled'),
  ssl_cert_pem_file: deployment('sslCertificate'),
  ssl_key_pem_file: deployment('sslKey'),
  ssl_cname: deployment('cname'),
  namespace: deployment('namespace'),
  num_replicas: deployment('numReplicas'),
  scoring_timeout_ms: deployment('scoringTimeoutMs'),
  replica_max_concurrent_requests: deployment('maxConcurrentRequestsPerContainer'),
  max_request_wait_time: deployment('maxQueueWaitMs'),
  autoscale_enabled: scaler('autoscaleEnabled'),
  autoscale_min_replicas: scaler('minReplicas'),
  autoscale_max_replicas: scaler('maxReplicas'),
  autoscale_refresh_seconds: scaler('refreshPeriodInSeconds'),
  autoscale_target_utilization: scaler('targetUtilization'),
  period_seconds: probe('periodSeconds'),
  initial_delay_seconds: probe('initialDelaySeconds'),
  timeout_seconds: probe('timeoutSeconds'),
  success_threshold: probe('successThreshold'),
  failure_threshold: probe('failureThreshold'),
  ...replaced(
    'Write the test as a file of requests and name it in requests: it is sent before the version gets traffic, and a version that fails it never does.',
    ...['test_enabled', 'test_file_path', 'test_file_function_name'],
  ),
  ...replaced('Add a step with the action remove.', 'delete_service_after_deployment'),
  ...replaced(
    'Use the action test, which tells the latency of each request.',
    'profiling_enabled',
    'profiling_dataset',
  ),
  ...replaced('Leave the step out, or give dry-run: true.', 'skip_deployment'),
  ...replaced('Use the action package, which builds the image or writes its Dockerfile.', 'create_image'),
  ...replaced('Put it into tags.', 'properties'),
}

const compute: Keys = {
  name: input('name'),
  compute_type: input('action', { akscluster: 'create' }),
  vm_size: input('vmSize'),
  agent_count: input('nodeCount'),
  location: input('location'),
  service_cidr: input('serviceCidr'),
  dns_service_ip: input('dnsServiceIp'),
  cluster_purpose: input('purpose', { DevTest: 'dev-test', FastProd: 'fast-prod' }),
  vnet_resource_group_name: input('vnetResourceGroup'),
  vnet_name: input('vnet'),
  subnet_name: input('subnet'),
  ssl_cname: input('tlsCname'),
  ssl_cert_pem_file: input('tlsCertificate'),
  ssl_key_pem_file: input('tlsKey'),
  load_balancer_type: input('loadBalancer', { PublicIp: 'public', InternalLoadBalancer: 'internal' }),
  ...replaced('The cluster gets the subnet of its machines.', 'load_balancer_subnet'),
  ...replaced('Clusters of today have no such bridge.', 'docker_bridge_cidr'),
  ...replaced(
    'It is of compute for training, which `az ml compute create` makes.',
    ...['vm_priority', 'min_nodes', 'max_nodes', 'idle_seconds_before_scaledown', 'remote_login_port_public_access'],
    ...['identity_type', 'identity_id'],
  ),
}

/** Every key that the old actions read, by the file it stood in (github-actions.md 1.3). */
export const legacyKeys: Readonly<Record<LegacyFile, Keys>> = { workspace, registermodel, deploy, compute }
