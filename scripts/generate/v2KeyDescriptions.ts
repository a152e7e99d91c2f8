/** What each key of a file of `az ml` v2 means, by its path. */
type Descriptions = Readonly<Record<string, string>>

const common = {
  $schema: 'Where the schema of this file is; it tells which kind of file this is.',
  name: 'Name; operations take theirs from their inputs.',
  description: 'Description.',
  tags: 'Tags.',
  properties: 'Of v2; changes nothing here.',
}
const notRead = (what: string) => `${what}; changes nothing here.`

export const v2EnvironmentKeys: Descriptions = {
  ...common,
  name: 'Name of the environment.',
  version: 'Version of the environment.',
  image: 'Name of the base image.',
  build: 'A Dockerfile whose image is the base image, where images are built here.',
  'build.path': 'Folder of the Dockerfile.',
  'build.dockerfile_path': 'The Dockerfile, relative to that folder. Default: Dockerfile.',
  conda_file: 'A conda file, relative to this file, or its content.',
  'conda_file.name': 'Name of the environment; read by nothing.',
  'conda_file.channels': 'Where conda looks for packages.',
  'conda_file.dependencies': 'Packages of conda, and an object with the key pip for packages of pip.',
  'conda_file.dependencies.pip': 'Requirements for pip.',
  inference_config: notRead('Routes of a custom server'),
  os_type: notRead('Always Linux'),
  datastore: notRead('Where v2 uploads the build context'),
}

const deployment: Descriptions = {
  ...common,
  endpoint_name: 'Name of the endpoint; the input service says it here.',
  model: 'The model; the input model says it here.',
  code_configuration: 'The entry script.',
  'code_configuration.code': 'Folder with everything the entry script needs, relative to this file.',
  'code_configuration.scoring_script': 'The entry script in that folder.',
  environment: 'Written out, registered (azureml:NAME:VERSION), or in a file of its own (file:PATH).',
  ...Object.fromEntries(Object.entries(v2EnvironmentKeys).map(([key, text]) => [`environment.${key}`, text])),
}

const probe = (name: string, what: string): Descriptions => ({
  [name]: what,
  [`${name}.initial_delay`]: 'Seconds before the first look.',
  [`${name}.period`]: 'Seconds between two looks.',
  [`${name}.timeout`]: 'Seconds after which a look has failed.',
  [`${name}.success_threshold`]: 'How many looks must succeed after a failure.',
  [`${name}.failure_threshold`]: 'How many looks must fail.',
})

export const onlineDeploymentKeys: Descriptions = {
  ...deployment,
  type: 'managed or kubernetes.',
  model_mount_path: notRead('Where the model is mounted'),
  environment_variables: 'Variables that the entry script sees.',
  instance_type: 'Size of the machines.',
  instance_count: 'How many of them.',
  app_insights_enabled: 'Whether Application Insights is told of requests.',
  request_settings: 'How requests are taken.',
  'request_settings.request_timeout_ms': 'How long one may take, in milliseconds.',
  'request_settings.max_concurrent_requests_per_instance': 'How many an instance takes at the same time.',
  'request_settings.max_queue_wait_ms': 'How long one may wait, in milliseconds.',
  ...probe('liveness_probe', 'When a container is started again.'),
  ...probe('readiness_probe', 'When a container takes requests.'),
  egress_public_network_access: 'Whether the deployment reaches the internet: enabled or disabled.',
  scale_settings: notRead('How it is scaled'),
  data_collector: notRead('What is collected'),
  resources: notRead('What a container may use'),
}

const settings: Descriptions = {
  max_concurrency_per_instance: 'How many calls run at the same time on a machine. Default: 1.',
  mini_batch_size: 'How many files one call of run gets. Default: 10.',
  error_threshold: 'How many files may fail; -1 is all. Default: -1.',
  output_action: 'append_row or summary_only. Default: append_row.',
  output_file_name: 'File that rows are appended to. Default: predictions.csv.',
  retry_settings: 'What happens when a call fails.',
  'retry_settings.max_retries': 'How often it is repeated. Default: 3.',
  'retry_settings.timeout': 'How long a call may take, in seconds. Default: 30.',
  logging_level: 'info, warning or debug. Default: info.',
  environment_variables: 'Variables that the entry script sees.',
}

export const batchDeploymentKeys: Descriptions = {
  ...deployment,
  type: 'model; pipeline components are not deployed from here.',
  compute: 'The compute cluster, as NAME, azureml:NAME or its ARM id.',
  resources: 'What runs it.',
  'resources.instance_count': 'How many machines. Default: 1.',
  'resources.instance_type': notRead('Size of the machines; the cluster has one'),
  'resources.properties': notRead('Properties of the machines'),
  'resources.shm_size': notRead('Shared memory'),
  'resources.docker_args': notRead('Arguments of Docker'),
  settings: 'How files are handed to the script.',
  ...Object.fromEntries(Object.entries(settings).map(([key, text]) => [`settings.${key}`, text])),
  ...Object.fromEntries(
    Object.entries(settings).map(([key, text]) => [key, `${text} Of older files; settings counts.`]),
  ),
}

export const onlineEndpointKeys: Descriptions = {
  ...common,
  auth_mode: 'key, aml_token or aad_token; counts when the endpoint is made.',
  public_network_access: 'enabled or disabled; counts when the endpoint is made.',
  compute: 'The attached Kubernetes cluster, as NAME, azureml:NAME or its ARM id.',
  type: notRead('Kind of the endpoint'),
  traffic: notRead('Shares of deployments, which operations decide'),
  mirror_traffic: notRead('Mirrored shares'),
  identity: notRead('Identity; the endpoint gets one of its own'),
  defaults: notRead('Defaults'),
  location: notRead('The workspace’s'),
}

export const batchEndpointKeys: Descriptions = {
  ...common,
  auth_mode: 'aad_token; batch endpoints have no other.',
  defaults: notRead('The default deployment, which operations decide'),
  identity: notRead('Identity'),
  location: notRead('The workspace’s'),
}

export const modelKeys: Descriptions = {
  ...common,
  name: 'Name of the model.',
  version: 'Version to register as. Default: the next one.',
  type: 'custom_model, mlflow_model or triton_model. Default: custom_model.',
  path: 'A file or folder, relative to this file, or an address.',
  properties: 'Properties of the version.',
  datastore: 'Datastore to upload to.',
  flavors: notRead('Flavors of MLflow'),
  stage: notRead('Stage'),
  id: notRead('ARM id'),
  creation_context: notRead('Who made it'),
}
