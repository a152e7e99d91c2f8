/** What is answered, but not all of it is done. The first entry whose pattern matches an operation's id counts. */
export const partial: readonly { readonly operation: RegExp; readonly how: string }[] = [
  { operation: /^Jobs_CreateOrUpdate$/, how: 'A job is kept and is complete at once; nothing is run.' },
  { operation: /^Jobs_Cancel$/, how: 'Cancels jobs of batch endpoints.' },
  { operation: /^Compute_/, how: 'Kept; there are no nodes behind a cluster.' },
  { operation: /^OnlineDeployments_CreateOrUpdate$/, how: 'Runs one server however many instances are asked for.' },
  { operation: /^OnlineDeployments_ListSkus$/, how: 'The same SKU and limits for every deployment.' },
  {
    operation: /^EnvironmentVersions_CreateOrUpdate$/,
    how: 'Kept; no image is built. An image that is named is used in Docker.',
  },
  {
    operation: /^Registries_(List|Get|CreateOrUpdate|Update|Delete)$/,
    how: 'In one region; the data is in the workspace’s storage account.',
  },
  {
    operation: /^ContainerGroups_|^Containers_/,
    how: 'Run where deployments run in Docker on Linux: containers in one network, secret volumes, environment, memory limits, restarts. Elsewhere kept as a record.',
  },
  { operation: /^ManagedClusters_ListCluster/, how: 'A well-formed kubeconfig that leads nowhere.' },
  { operation: /^ManagedClusters_/, how: 'Kept as a record; there is no Kubernetes.' },
  { operation: /^Registries_ScheduleRun$/, how: 'DockerBuildRequest only; images stay in this machine’s Docker.' },
]

/** How the whole differs from Azure. */
export const differences: readonly string[] = [
  'One subscription, one resource group, one workspace, one service principal. Other names are answered with 404.',
  'Every api-version that is a date is answered alike, with the shapes of 2023-04-01 and the later fields named in the reference.',
  'Unknown fields are ignored; with `--strict` they are told of in the log and in the header `x-azureml-cd-unknown-fields`.',
  'The scoring address is `https://127.0.0.1:<port>/endpoints/<name>/score`, that of batch endpoints `…/batch/<name>/jobs`: no host name per endpoint.',
  'Deployments run on this machine, as processes or in Docker. The instance type is not looked at, and instances count for how many requests may be pending only.',
  'A deployment needs an entry script: models without one (MLflow, Triton) are not served.',
  'Batch jobs run one after another file group in one process, whatever the concurrency; `predictions.csv` is the output named `score`.',
  'Flavors of MLflow models are not read from the `MLmodel` file.',
  'No quota, no capacity, no role assignments: whoever has a token may do everything.',
  'Throttling, server errors, lost connections and failing operations happen when they are asked for, never by themselves.',
  'Event Grid delivers to `https`, and to `http` on this machine. `ModelDeployed` is raised for online deployments, which Azure is not known to do. Events that nobody takes are put into the folder `dead-letters` whatever the subscription says.',
  'A container group that runs has an address of its own between 127.64.0.0 and 127.191.255.255, with the ports it asks for, and no name. Its probes, CPU limits, GPUs, virtual networks and volumes other than secret ones are not looked at.',
  'Long-running operations of other providers are watched at `…/locations/<location>/operationStatuses/<id>` for all of them alike.',
]
