import type { Violation } from '../contract.ts'

/** A difference from the descriptions that Azure shows too, and where that can be seen. */
export interface Allowed {
  readonly operation: RegExp
  readonly where: Violation['where']
  readonly what: RegExp
  /** A public recording or document. */
  readonly source: string
}

const recordings = 'https://github.com/Azure/azure-sdk-for-python/blob/'
const batchRecording = `${recordings}1dda381ddd092d36f4cf4a9be8451d2fa7caf417/sdk/ml/azure-ai-ml/tests/recordings/batch_services/e2etests/test_batch_endpoint.pyTestBatchEndpointtest_batch_endpoint_create.json`
const computeRecording = `${recordings}08fb6993b38217de4726dc104257ea5fa3380b97/sdk/ml/azure-ai-ml/tests/recordings/compute/e2etests/test_compute.pyTestComputetest_aml_compute_create_and_delete.json`

/** At most fifteen: a stand-in that needs more is no stand-in. */
export const allowed: readonly Allowed[] = [
  // The addresses in Azure-AsyncOperation and Location, which no description has.
  {
    operation: /\/providers\/Microsoft\.MachineLearningServices\/locations\/\*\/mfeOperation(sStatus|Results)\/\*$/,
    where: 'operation',
    what: /is not described/,
    source: batchRecording,
  },
  // A DELETE is answered with both addresses and no hint when to look.
  {
    operation: /^((Online|Batch)(Endpoints|Deployments)|Registr\w+)_Delete$/,
    where: 'response header',
    what: /^Retry-After is missing with 202$/,
    source: batchRecording,
  },
  {
    operation: /\/providers\/Microsoft\.MachineLearningServices\/locations\/\*\/computeOperations(Status|Results)\/\*$/,
    where: 'operation',
    what: /is not described/,
    source: computeRecording,
  },
  // azure-ai-ml writes aadToken, and Azure takes it and answers AADToken.
  {
    operation: /^(Online|Batch)Endpoints_CreateOrUpdate$/,
    where: 'request body',
    what: /^\/properties\/authMode must be equal to one of the allowed values/,
    source: batchRecording,
  },
  // Connections that keep keys of one's own are younger than the description, and so is asking for their secrets.
  {
    operation: /^WorkspaceConnections_(Create|Get)$/,
    where: 'request body',
    what: /^\/properties/,
    source: 'https://learn.microsoft.com/rest/api/azureml/workspace-connections/create?view=rest-azureml-2024-10-01',
  },
  {
    operation: /^WorkspaceConnections_(Create|Get|List)$/,
    where: 'response body',
    what: /^\/properties/,
    source: 'https://learn.microsoft.com/rest/api/azureml/workspace-connections/create?view=rest-azureml-2024-10-01',
  },
  {
    operation: /\/connections\/\*\/list[sS]ecrets$/,
    where: 'operation',
    what: /is not described/,
    source:
      'https://learn.microsoft.com/rest/api/azureml/workspace-connections/list-secrets?view=rest-azureml-2024-10-01',
  },
  // Other providers, whose descriptions are not there.
  {
    operation: /\/providers\/Microsoft\.EventGrid\//,
    where: 'operation',
    what: /is not described/,
    source: 'https://learn.microsoft.com/rest/api/eventgrid/controlplane/event-subscriptions',
  },
  {
    operation: /\/providers\/Microsoft\.KubernetesConfiguration\//,
    where: 'operation',
    what: /is not described/,
    source: 'https://learn.microsoft.com/rest/api/kubernetesconfiguration/extensions',
  },
  {
    operation: /\/providers\/Microsoft\.Devices\//,
    where: 'operation',
    what: /is not described/,
    source: 'https://learn.microsoft.com/rest/api/iothub/iot-hub-resource',
  },
  {
    operation: /\/providers\/Microsoft\.ContainerRegistry\/registries\/\*(\/listCredentials)?$/,
    where: 'operation',
    what: /is not described/,
    source: 'https://learn.microsoft.com/rest/api/containerregistry/registries',
  },
  // The resource manager's own contract: where these pages are is told by the answer, not by a description.
  {
    operation: /\/providers\/Microsoft\.Container\w+\/locations\/\*\/operation(Statuse|Result)s\/\*$/,
    where: 'operation',
    what: /is not described/,
    source: 'https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations',
  },
  // Microsoft.Resources, which is described elsewhere.
  {
    operation:
      /^GET \/subscriptions(\/\*(\/(resourceGroups(\/\*)?|providers(\/[^/]+)?|(resourceGroups\/\*\/)?resources))?)?$/,
    where: 'operation',
    what: /is not described/,
    source: 'https://learn.microsoft.com/rest/api/resources/',
  },
]
