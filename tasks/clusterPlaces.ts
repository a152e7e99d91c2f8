import type { InputPlace } from './manifest.ts'

const bringingIn = { group: 'details', visibleRule: 'action = attach || action = create' } as const
const creating = { group: 'details', visibleRule: 'action = create' } as const

/** Where the inputs of the clusters' operation stand. */
export const clusterPlaces = {
  action: { label: 'What to do' },
  name: { label: 'Name of the compute' },
  resourceId: { label: 'Id of the cluster', visibleRule: 'action = attach' },
  namespace: { ...bringingIn, label: 'Namespace' },
  instanceTypes: { ...bringingIn, label: 'Instance types' },
  purpose: { ...bringingIn, label: 'Purpose' },
  location: { ...creating, label: 'Region' },
  vmSize: { ...creating, label: 'Size of its machines' },
  nodeCount: { ...creating, label: 'Number of its machines' },
  vnet: { ...creating, label: 'Virtual network' },
  subnet: { ...creating, label: 'Subnet' },
  vnetResourceGroup: { ...creating, label: 'Resource group of the network' },
  serviceCidr: { ...creating, label: 'Addresses of services inside' },
  dnsServiceIp: { ...creating, label: 'Address of the DNS service' },
  loadBalancer: { ...bringingIn, label: 'Reached from' },
  tlsCertificate: { ...bringingIn, label: 'Certificate' },
  tlsKey: { ...bringingIn, label: 'Private key' },
  tlsCname: { ...bringingIn, label: 'Name of the services' },
  allowInsecure: { ...bringingIn, label: 'Without TLS' },
  force: { label: 'Even though services live on it', visibleRule: 'action = detach || action = delete' },
} as const satisfies Readonly<Record<string, InputPlace>>
