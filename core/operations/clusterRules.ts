import { InputError } from '../errors.ts'
import type { Fault } from '../operation.ts'

export interface ClusterInputs {
  readonly action: 'attach' | 'create' | 'detach' | 'delete'
  readonly name: string
  readonly resourceId: string | undefined
  readonly namespace: string | undefined
  readonly instanceTypes: string | undefined
  readonly purpose: 'fast-prod' | 'dev-test'
  readonly location: string | undefined
  readonly vmSize: string | undefined
  readonly nodeCount: number
  readonly vnet: string | undefined
  readonly subnet: string | undefined
  readonly vnetResourceGroup: string | undefined
  readonly serviceCidr: string | undefined
  readonly dnsServiceIp: string | undefined
  readonly loadBalancer: 'public' | 'internal'
  readonly tlsCertificate: string | undefined
  readonly tlsKey: string | undefined
  readonly tlsCname: string | undefined
  readonly allowInsecure: boolean
  readonly force: boolean
  readonly dryRun: boolean
}

const clusterId =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]+)$/i

/** What must hold between the inputs of `compute`. */
export function clusterFaults(
  inputs: {
    readonly [K in keyof ClusterInputs]?: ClusterInputs[K] | undefined
  },
): Fault<keyof ClusterInputs>[] {
  const { action, resourceId, purpose, nodeCount, vnet, subnet, serviceCidr, dnsServiceIp, loadBalancer } = inputs
  const faults: Fault<keyof ClusterInputs>[] = []
  const fault = (key: keyof ClusterInputs, message: string) => faults.push({ key, fault: message })
  if (action === 'attach') {
    if (resourceId === undefined) fault('resourceId', 'is required to attach a cluster')
    else if (!clusterId.test(resourceId)) fault('resourceId', 'must be the ARM id of a cluster of AKS')
  } else if (resourceId !== undefined) fault('resourceId', `is not for ${action ?? 'this action'}`)
  if (action !== 'attach' && action !== 'create') return faults

  if (action === 'create' && purpose === 'fast-prod' && nodeCount !== undefined && nodeCount < 3)
    fault('nodeCount', `must be at least 3 for fast-prod, but it is ${nodeCount}; dev-test needs one`)
  if ((vnet === undefined) !== (subnet === undefined))
    fault(vnet === undefined ? 'vnet' : 'subnet', 'must be given together with the other: vnet and subnet')
  if ((serviceCidr === undefined) !== (dnsServiceIp === undefined))
    fault(
      serviceCidr === undefined ? 'serviceCidr' : 'dnsServiceIp',
      'must be given together: serviceCidr and dnsServiceIp',
    )
  if (serviceCidr !== undefined && !/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(serviceCidr))
    fault('serviceCidr', 'must be a range such as 10.0.0.0/16')
  const tls = [inputs.tlsCertificate, inputs.tlsKey, inputs.tlsCname].filter((part) => part !== undefined)
  if (tls.length > 0 && tls.length < 3)
    fault('tlsCertificate', 'needs tlsKey and tlsCname, and each of them the others')
  if (tls.length === 0 && inputs.allowInsecure === false)
    fault(
      'tlsCertificate',
      'is required, with tlsKey and tlsCname; or set allowInsecure to let services answer without TLS',
    )
  if (tls.length > 0 && inputs.allowInsecure === true)
    fault('allowInsecure', 'cannot be set together with a certificate')
  if (loadBalancer === 'internal' && action === 'create' && vnet === undefined)
    fault('loadBalancer', 'internal needs a virtual network that clients are in: vnet and subnet')
  return faults
}

export function clusterPlaceIn(id: string): {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly name: string
} {
  const [, subscriptionId, resourceGroup, name] = clusterId.exec(id) ?? []
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined)
    throw new InputError(`"${id}" is not the ARM id of a cluster of AKS.`)
  return { subscriptionId, resourceGroup, name }
}

export function subnetId(
  { vnet, subnet, vnetResourceGroup }: Pick<ClusterInputs, 'vnet' | 'subnet' | 'vnetResourceGroup'>,
  { subscriptionId, resourceGroup }: { readonly subscriptionId: string; readonly resourceGroup: string },
): string | undefined {
  if (vnet === undefined || subnet === undefined) return undefined
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${vnetResourceGroup ?? resourceGroup}`
  return `${group}/providers/Microsoft.Network/virtualNetworks/${vnet}/subnets/${subnet}`
}

/** v1's rule for clusters: production wants 12 virtual CPUs on 3 machines (reference v1-surface.md 3.7). */
export function requirePurpose(options: {
  readonly purpose: ClusterInputs['purpose']
  readonly nodeCount: number
  /** Of one machine; undefined when the region does not offer the size. */
  readonly virtualCpus: number | undefined
  readonly vmSize: string
  readonly location: string
}): void {
  const { purpose, nodeCount, virtualCpus, vmSize, location } = options
  if (virtualCpus === undefined)
    throw new InputError(`Machines of size ${vmSize} are not offered in ${location}.`, {
      hint: 'az ml compute list-sizes lists those that are.',
    })
  const all = nodeCount * virtualCpus
  if (purpose === 'fast-prod' && all < 12)
    throw new InputError(
      `fast-prod needs at least 12 virtual CPUs; ${nodeCount} × ${vmSize} have ${all} (${virtualCpus} each).`,
      { hint: 'Take more or larger machines, or dev-test for trying things out.' },
    )
  if (virtualCpus < 2)
    throw new InputError(`A cluster needs machines with at least 2 virtual CPUs; ${vmSize} has ${virtualCpus}.`)
}
