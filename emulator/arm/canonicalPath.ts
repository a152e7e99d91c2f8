/** The words of resource paths in the spelling in which routes are written. */
const words = new Map(
  [
    'subscriptions',
    'resourceGroups',
    'providers',
    'resources',
    'Microsoft.MachineLearningServices',
    'workspaces',
    'datastores',
    'listSecrets',
    'models',
    'codes',
    'environments',
    'data',
    'versions',
    'startPendingUpload',
    'jobs',
    'onlineEndpoints',
    'deployments',
    'listKeys',
    'listStorageAccountKeys',
    'regenerateKeys',
    'token',
    'getLogs',
    'skus',
    'locations',
    'mfeOperationsStatus',
    'mfeOperationResults',
    'computeOperationsStatus',
    'computeOperationsResults',
    'operationStatuses',
    'operationResults',
    'computes',
    'batchEndpoints',
    'cancel',
    'Microsoft.EventGrid',
    'eventSubscriptions',
    'getFullUrl',
    'registries',
    'Microsoft.ContainerInstance',
    'containerGroups',
    'containers',
    'logs',
    'restart',
    'start',
    'stop',
    'Microsoft.ContainerRegistry',
    'listCredentials',
    'listBuildSourceUploadUrl',
    'scheduleRun',
    'runs',
    'listLogSasUrl',
    'Microsoft.ContainerService',
    'managedClusters',
    'listClusterUserCredential',
    'listClusterAdminCredential',
    'Microsoft.KubernetesConfiguration',
    'extensions',
    'Microsoft.Devices',
    'IotHubs',
  ].map((word) => [word.toLowerCase(), word]),
)

/**
 * The path of a request with the words of the resource manager in the spelling of the routes: Azure does not mind
 * letter case there. Words and names alternate, beginning with a word; a provider's namespace takes a name's place.
 * Names keep their spelling. Azure does not mind a slash too many either; azure-cli sends some.
 */
export function canonicalPath(request: Request): string {
  const whole = request.url.slice(request.url.indexOf('/', 8)).split(/[?#]/, 1)[0] ?? '/'
  // Where clients find the front end of a registry's region.
  const path = whole.replace(/^\/mferp\/managementfrontend(?=\/subscriptions)/i, '')
  if (!/^\/subscriptions(\/|$)/i.test(path)) return path
  const segments = path.split('/').filter((segment) => segment !== '')
  const isWord = (index: number): boolean => index % 2 === 0 || segments[index - 1]?.toLowerCase() === 'providers'
  return `/${segments
    .map((segment, index) => (isWord(index) ? (words.get(segment.toLowerCase()) ?? segment) : segment))
    .join('/')}`
}
