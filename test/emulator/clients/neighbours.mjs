// The usual day of somebody who works with `@azure/arm-containerinstance`, `@azure/arm-containerservice` and
// `@azure/arm-containerregistry`, unchanged, against whatever answers at EMULATOR_URL. Prints what it saw as one line of JSON.
import { ContainerInstanceManagementClient } from '@azure/arm-containerinstance'
import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry'
import { ContainerServiceClient } from '@azure/arm-containerservice'
import { ClientSecretCredential } from '@azure/identity'

const {
  EMULATOR_URL: endpoint = '',
  SUBSCRIPTION: subscription = '',
  RESOURCE_GROUP: group = '',
  AZURE_TENANT_ID: tenant = '',
  AZURE_CLIENT_ID: id = '',
  AZURE_CLIENT_SECRET: secret = '',
} = process.env

const credential = new ClientSecretCredential(tenant, id, secret, {
  authorityHost: endpoint,
  disableInstanceDiscovery: true,
})
const quick = { updateIntervalInMs: 50 }
const statusOf = ({ statusCode, code }) => ({ statusCode, code })
const namesOf = async (pages) => {
  const names = []
  for await (const { name } of pages) names.push(name)
  return names
}
const seen = {}

// Container groups.
const { containerGroups, containers } = new ContainerInstanceManagementClient(credential, subscription, { endpoint })
const wanted = {
  location: 'local',
  osType: 'Linux',
  containers: [
    {
      name: 'scoring',
      image: 'registry.example/scoring:1',
      resources: { requests: { cpu: 1, memoryInGB: 1.5 } },
      ports: [{ port: 443 }],
      environmentVariables: [{ name: 'KEY', secureValue: 'hidden' }],
    },
  ],
  imageRegistryCredentials: [{ server: 'registry.example', username: 'user', password: 'hidden' }],
  ipAddress: { type: 'Public', ports: [{ port: 443, protocol: 'TCP' }], dnsNameLabel: 'by-the-client' },
  restartPolicy: 'Always',
  tags: { made: 'here' },
}
const made = await containerGroups.beginCreateOrUpdateAndWait(group, 'service', wanted, quick)
seen.group = { state: made.provisioningState, fqdn: made.ipAddress.fqdn, view: made.instanceView.state }
seen.secrets = JSON.stringify(made).includes('hidden')
seen.groups = [await namesOf(containerGroups.list()), await namesOf(containerGroups.listByResourceGroup(group))]
await containerGroups.beginRestartAndWait(group, 'service', quick)
const restarted = await containerGroups.get(group, 'service')
seen.restarts = restarted.containers.map(({ instanceView }) => instanceView.restartCount)
seen.tags = (await containerGroups.update(group, 'service', { tags: { made: 'later' } })).tags
seen.logs = typeof (await containers.listLogs(group, 'service', 'scoring', { tail: 5 })).content
await containerGroups.stop(group, 'service')
seen.stopped = (await containerGroups.get(group, 'service')).instanceView.state
await containerGroups.beginStartAndWait(group, 'service', quick)
seen.started = (await containerGroups.get(group, 'service')).instanceView.state
await containerGroups.beginDeleteAndWait(group, 'service', quick)
seen.groupGone = await containerGroups.get(group, 'service').catch(statusOf)

// Clusters.
const { managedClusters } = new ContainerServiceClient(credential, subscription, { endpoint })
const cluster = await managedClusters.beginCreateOrUpdateAndWait(
  group,
  'cluster',
  {
    location: 'local',
    identity: { type: 'SystemAssigned' },
    dnsPrefix: 'cluster',
    agentPoolProfiles: [{ name: 'pool', count: 3, vmSize: 'Standard_D4s_v5', mode: 'System' }],
  },
  quick,
)
seen.cluster = { state: cluster.provisioningState, nodes: cluster.agentPoolProfiles.map(({ count }) => count) }
seen.clusters = [await namesOf(managedClusters.list()), await namesOf(managedClusters.listByResourceGroup(group))]
const { kubeconfigs } = await managedClusters.listClusterUserCredentials(group, 'cluster')
seen.kubeconfig = new TextDecoder().decode(kubeconfigs[0].value).split('\n')[1]
const tagged = await managedClusters.beginUpdateTagsAndWait(group, 'cluster', { tags: { purpose: 'test' } }, quick)
seen.clusterTags = tagged.tags
await managedClusters.beginDeleteAndWait(group, 'cluster', quick)
seen.clusterGone = await managedClusters.get(group, 'cluster').catch(statusOf)

// Container registries.
const { registries } = new ContainerRegistryManagementClient(credential, subscription, { endpoint })
const registry = await registries.beginCreateAndWait(
  group,
  'theregistry',
  { location: 'local', sku: { name: 'Basic' }, adminUserEnabled: true },
  quick,
)
seen.registry = { state: registry.provisioningState, server: registry.loginServer }
const { username, passwords } = await registries.listCredentials(group, 'theregistry')
seen.login = { username, passwords: new Set(passwords.map(({ value }) => value)).size }
await registries.beginUpdateAndWait(group, 'theregistry', { adminUserEnabled: false }, quick)
seen.noLogin = (await registries.listCredentials(group, 'theregistry').catch(statusOf)).code
await registries.beginDeleteAndWait(group, 'theregistry', quick)
seen.registryGone = await registries.get(group, 'theregistry').catch(statusOf)

console.log(JSON.stringify(seen))
