import { ContainerServiceClient } from '@azure/arm-containerservice'
import { SourceControlConfigurationClient } from '@azure/arm-kubernetesconfiguration'
import {
  type ManagementAccess,
  managementCall,
  managementFind,
  managementOptions,
  updateIntervalInMs,
} from './management.ts'

/** A Kubernetes cluster to be made (reference v1-surface.md 2, `computetarget create aks`). */
export interface NewCluster {
  readonly resourceGroup: string
  readonly name: string
  readonly location: string
  readonly vmSize: string
  readonly nodeCount: number
  /** The ARM id of the subnet its nodes are in; a network of its own when undefined. */
  readonly subnetId: string | undefined
  readonly serviceCidr: string | undefined
  readonly dnsServiceIp: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

/** How Azure ML's extension serves on a cluster. */
export interface InferenceRouter {
  /** One node that may fail, or at least three that share the work. */
  readonly purpose: 'DevTest' | 'FastProd'
  readonly nodeCount: number
  readonly loadBalancer: 'public' | 'internal'
  /** PEM texts and the name that clients use; without them the router answers without TLS. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly cname: string } | undefined
}

export interface ClusterPlace {
  readonly resourceGroup: string
  readonly name: string
  readonly id: string
  readonly location: string
}

const extensionName = 'azureml'
const createHours = 2

/** The cluster, when there is one of that name. */
export async function findCluster(
  access: ManagementAccess,
  { resourceGroup, name }: Pick<ClusterPlace, 'resourceGroup' | 'name'>,
): Promise<(ClusterPlace & { readonly nodeCount: number }) | undefined> {
  const client = clusterClient(access)
  const found = await managementFind(access, `reading the cluster "${name}"`, (abortSignal) =>
    client.managedClusters.get(resourceGroup, name, { abortSignal }),
  )
  if (!found?.id) return undefined
  const nodeCount = (found.agentPoolProfiles ?? []).reduce((sum, { count = 0 }) => sum + count, 0)
  return { resourceGroup, name, id: found.id, location: found.location, nodeCount }
}

/** Makes the cluster and waits until it is there. */
export async function createCluster(access: ManagementAccess, cluster: NewCluster): Promise<ClusterPlace> {
  const { resourceGroup, name, location, vmSize, nodeCount, subnetId, serviceCidr, dnsServiceIp } = cluster
  const client = clusterClient(access)
  const body = {
    location,
    tags: { ...cluster.tags },
    identity: { type: 'SystemAssigned' },
    dnsPrefix: name.slice(0, 54),
    agentPoolProfiles: [
      {
        ...{ name: 'agentpool', mode: 'System', type: 'VirtualMachineScaleSets', osType: 'Linux' },
        ...{ count: nodeCount, vmSize, ...(subnetId ? { vnetSubnetID: subnetId } : {}) },
      },
    ],
    networkProfile: {
      networkPlugin: 'azure',
      ...(serviceCidr ? { serviceCidr } : {}),
      ...(dnsServiceIp ? { dnsServiceIP: dnsServiceIp } : {}),
    },
  }
  const made = await managementCall(
    access,
    { doing: `creating the cluster "${name}"`, deadlineSeconds: createHours * 3600 },
    async (abortSignal) =>
      await client.managedClusters.createOrUpdate(resourceGroup, name, body, { abortSignal, updateIntervalInMs }),
  )
  if (!made.id) throw new Error(`The cluster "${name}" was made without an id.`)
  return { resourceGroup, name, id: made.id, location: made.location }
}

/** Deletes the cluster with all that runs on it. */
export async function deleteCluster(
  access: ManagementAccess,
  { resourceGroup, name }: Pick<ClusterPlace, 'resourceGroup' | 'name'>,
): Promise<void> {
  const client = clusterClient(access)
  await managementCall(
    access,
    { doing: `deleting the cluster "${name}"`, deadlineSeconds: createHours * 3600 },
    async (abortSignal) =>
      await client.managedClusters.delete(resourceGroup, name, { abortSignal, updateIntervalInMs }),
  )
}

/** Installs Azure ML's extension on a cluster unless it is there; true when it was installed now. */
export async function ensureExtension(
  access: ManagementAccess,
  cluster: ClusterPlace,
  router: InferenceRouter,
): Promise<boolean> {
  const { credential, subscriptionId } = access
  const client = new SourceControlConfigurationClient(credential, subscriptionId, managementOptions(access))
  const at = [
    cluster.resourceGroup,
    'Microsoft.ContainerService',
    'managedClusters',
    cluster.name,
    extensionName,
  ] as const
  const found = await managementFind(access, `reading the extension of the cluster "${cluster.name}"`, (abortSignal) =>
    client.extensions.get(...at, { abortSignal }),
  )
  if (found?.provisioningState === 'Succeeded') return false
  await managementCall(
    access,
    { doing: `installing Azure ML on the cluster "${cluster.name}"`, deadlineSeconds: createHours * 3600 },
    (abortSignal) =>
      client.extensions.beginCreateAndWait(...at, extensionBody(cluster, router), { abortSignal, updateIntervalInMs }),
  )
  return true
}

/** The settings that Azure's own command line sends for a cluster of AKS. */
function extensionBody({ id, name, location }: ClusterPlace, router: InferenceRouter) {
  const { purpose, nodeCount, loadBalancer, tls } = router
  const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')
  return {
    extensionType: 'Microsoft.AzureML.Kubernetes',
    autoUpgradeMinorVersion: true,
    releaseTrain: 'stable',
    scope: { cluster: { releaseNamespace: 'azureml' } },
    identity: { type: 'SystemAssigned' as const },
    configurationSettings: {
      ...{ enableTraining: 'false', enableInference: 'true', clusterPurpose: purpose },
      // Three routers want three nodes.
      inferenceRouterHA: String(purpose === 'FastProd' && nodeCount >= 3),
      inferenceRouterServiceType: 'LoadBalancer',
      ...(loadBalancer === 'internal'
        ? { internalLoadBalancerProvider: 'azure', 'scoringFe.serviceType.internalLoadBalancer': 'true' }
        : {}),
      allowInsecureConnections: String(tls === undefined),
      ...(tls ? { sslCname: tls.cname } : {}),
      ...{ cluster_name: id, clusterId: id, 'prometheus.prometheusSpec.externalLabels.cluster_name': id },
      ...{ cluster_name_friendly: name, location, jobSchedulerLocation: location },
      domain: `${location}.cloudapp.azure.com`,
      ...{ 'servicebus.enabled': 'false', 'relayserver.enabled': 'false', 'nginxIngress.enabled': 'true' },
    },
    configurationProtectedSettings: tls
      ? { 'scoringFe.sslCert': base64(tls.certificate), 'scoringFe.sslKey': base64(tls.key) }
      : {},
  }
}

function clusterClient(access: ManagementAccess) {
  return new ContainerServiceClient(access.credential, access.subscriptionId, managementOptions(access))
}
