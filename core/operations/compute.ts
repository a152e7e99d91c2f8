import { z } from 'zod'
import type { InferenceRouter } from '../azure/clusters.ts'
import { parseInstanceTypes } from '../config/instanceTypes.ts'
import { InputError, UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import { checkedText, choice, flag, optional, path, quantity, text } from '../inputs.ts'
import { type Context, defineOperation, type Fault } from '../operation.ts'
import type { Compute } from '../workspace/computes.ts'
import { virtualCpusOf } from '../workspace/vmSizes.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { type ClusterInputs, clusterFaults, clusterPlaceIn, requirePurpose, subnetId } from './clusterRules.ts'
import { readUserFile } from './userFile.ts'

const computeName = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9-]{0,14}[a-zA-Z0-9]$/,
    'must be 2 to 16 letters, digits or "-", start with a letter and end with a letter or digit, as Azure ML names clusters',
  )

export const compute = defineOperation({
  name: 'compute',
  title: 'Create or attach a cluster',
  summary:
    'Create, attach, detach or delete a Kubernetes cluster that services of target aks live on, with the extension of Azure Machine Learning.',
  inputs: {
    ...workspaceInputs,
    action: choice(['attach', 'create', 'detach', 'delete'], 'What to do with the cluster.'),
    name: checkedText(computeName, 'Name of the compute in the workspace.'),
    resourceId: optional(text('ARM id of the cluster to attach.', 'ID')),
    namespace: optional(text('Kubernetes namespace for the services. Default: default.', 'NAME')),
    instanceTypes: optional(
      path(
        'File with the kinds of replicas the cluster offers: nodeSelector, requests and limits, extended resources.',
      ),
    ),
    purpose: choice(
      ['fast-prod', 'dev-test'],
      'fast-prod: at least 3 nodes and 12 virtual CPUs; dev-test: one node is enough.',
    ),
    location: optional(text("Region of a new cluster. Default: the workspace's.", 'REGION')),
    vmSize: optional(text('Size of the machines of a new cluster. Default: Standard_D3_v2.', 'SIZE')),
    nodeCount: quantity({
      description: 'Machines of a new cluster.',
      ...{ unit: 'machines', default: 3, min: 1, max: 1000, integer: true },
    }),
    vnet: optional(text('Virtual network of a new cluster.', 'NAME')),
    subnet: optional(text('Subnet in that network for its machines.', 'NAME')),
    vnetResourceGroup: optional(text("Resource group of that network. Default: the workspace's.", 'NAME')),
    serviceCidr: optional(text('Addresses for services inside a new cluster, as 10.0.0.0/16.', 'CIDR')),
    dnsServiceIp: optional(text('Address of the DNS service inside those.', 'ADDRESS')),
    loadBalancer: choice(
      ['public', 'internal'],
      'Whether the services are reached from the internet or from the virtual network only.',
    ),
    tlsCertificate: optional(path('Certificate of the services, PEM.')),
    tlsKey: optional(path('Private key of that certificate, PEM.')),
    tlsCname: optional(text('Name that clients reach the services by.', 'HOST')),
    allowInsecure: flag('Let the services answer without TLS.'),
    force: flag('Detach or delete it although services live on it.'),
    dryRun: flag('Check everything, say what would be done and change nothing.'),
  },
  outputs: {
    changed: z.boolean().describe('Whether anything was changed.'),
    computeId: z.string().describe('ARM id of the compute in the workspace; empty when it is gone.'),
    clusterId: z.string().describe('ARM id of the cluster.'),
    state: z.string().describe('State of the compute, read back at the end.'),
  },
  rules: (inputs): Fault<keyof ClusterInputs>[] => clusterFaults(inputs),
  async run(context, inputs) {
    switch (inputs.action) {
      case 'attach':
      case 'create':
        return bringIn(context, inputs)
      case 'detach':
      case 'delete':
        return takeOut(context, inputs)
    }
  },
})

/** Microsoft's clients for clusters are large; only who works on one waits for them. */
const clusters = () => import('../azure/clusters.ts')

async function bringIn({ host, workspace }: Context, inputs: ClusterInputs) {
  const { createCluster, ensureExtension, findCluster } = await clusters()
  const { action, name, dryRun } = inputs
  const tls = await tlsOf(host, inputs)
  const types =
    inputs.instanceTypes === undefined
      ? undefined
      : parseInstanceTypes(await readUserFile(host, 'instanceTypes', inputs.instanceTypes))
  const { connection, address } = workspace
  const location = inputs.location ?? (await workspace.properties()).location
  const { vmSize = 'Standard_D3_v2' } = inputs
  const place =
    action === 'attach'
      ? clusterPlaceIn(inputs.resourceId ?? '')
      : { resourceGroup: address.resourceGroup, name, subscriptionId: address.subscriptionId }
  const access = { ...(await connection.management()), subscriptionId: place.subscriptionId }
  const present = await findCluster(access, place)
  if (action === 'attach' && !present) throw new InputError(`There is no cluster "${inputs.resourceId}".`)
  const nodeCount = present?.nodeCount ?? inputs.nodeCount
  if (!present) {
    const virtualCpus = await virtualCpusOf(connection, { size: vmSize, location })
    requirePurpose({ purpose: inputs.purpose, nodeCount, virtualCpus, vmSize, location })
  } else if (inputs.purpose === 'fast-prod' && nodeCount < 3)
    throw new InputError(`The cluster "${place.name}" has ${nodeCount} machines; fast-prod needs at least 3.`, {
      hint: `For trying things out: ${host.spelling('purpose')} dev-test.`,
    })
  const before = await workspace.computes.get(name)
  const namespace = inputs.namespace ?? before?.namespace ?? 'default'
  if (dryRun) {
    if (!present) host.log.info(`Would create the cluster ${place.name}: ${nodeCount} × ${vmSize} in ${location}.`)
    host.log.info(
      `Would install Azure ML on it where it is missing, and attach it as ${name} (namespace ${namespace}).`,
    )
    return { changed: false, computeId: before?.id ?? '', clusterId: present?.id ?? '', state: 'planned' }
  }
  const cluster =
    present ??
    (await host.group(`Create the cluster ${place.name}`, () =>
      createCluster(access, {
        ...{ ...place, location, vmSize, nodeCount, tags: { 'azureml-cd.workspace': address.workspace } },
        ...{ subnetId: subnetId(inputs, address), serviceCidr: inputs.serviceCidr, dnsServiceIp: inputs.dnsServiceIp },
      }),
    ))
  const router: InferenceRouter = {
    ...{ purpose: inputs.purpose === 'fast-prod' ? 'FastProd' : 'DevTest', nodeCount, tls },
    loadBalancer: inputs.loadBalancer,
  }
  const installed = await host.group(`Install Azure ML on ${cluster.name}`, () =>
    ensureExtension(access, cluster, router),
  )
  const instanceTypes =
    types &&
    Object.fromEntries(
      Object.entries(types.instanceTypes).map(([type, { nodeSelector, requests, limits }]) => [
        type,
        { ...(nodeSelector ? { nodeSelector } : {}), resources: { requests, limits } },
      ]),
    )
  const attachedAlready =
    before?.resourceId?.toLowerCase() === cluster.id.toLowerCase() && before.namespace === namespace && !types
  const attached = attachedAlready
    ? before
    : await host.group(`Attach ${cluster.name} as ${name}`, () =>
        workspace.computes.attachKubernetes({
          ...{ name, location: cluster.location, resourceId: cluster.id, namespace, instanceTypes },
          defaultInstanceType: types?.defaultInstanceType,
        }),
      )
  await host.summary(`### ${name}: ${attached.provisioningState}\n\nCluster ${cluster.id}, namespace ${namespace}.`)
  const changed = !present || installed || !attachedAlready
  return { changed, computeId: attached.id, clusterId: cluster.id, state: attached.provisioningState }
}

async function tlsOf(host: Host, inputs: ClusterInputs): Promise<InferenceRouter['tls']> {
  const { tlsCertificate, tlsKey, tlsCname: cname } = inputs
  if (tlsCertificate === undefined || tlsKey === undefined || cname === undefined) return undefined
  const { text: certificate } = await readUserFile(host, 'tlsCertificate', tlsCertificate)
  const { text: key } = await readUserFile(host, 'tlsKey', tlsKey)
  host.secret(key)
  if (!/-----BEGIN CERTIFICATE-----/.test(certificate))
    throw new InputError(`${host.spelling('tlsCertificate')}: the file "${tlsCertificate}" holds no PEM certificate.`)
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key))
    throw new InputError(`${host.spelling('tlsKey')}: the file "${tlsKey}" holds no PEM private key.`)
  return { certificate, key, cname }
}

async function takeOut({ host, workspace }: Context, { action, name, force, dryRun }: ClusterInputs) {
  const there = await workspace.computes.get(name)
  if (!there) {
    host.log.info(`There is no compute "${name}"; nothing was changed.`)
    return { changed: false, computeId: '', clusterId: '', state: 'absent' }
  }
  const users = await servicesOn(workspace, there)
  if (users.length > 0 && !force)
    throw new UserError(`The compute "${name}" was not taken out: services live on it (${users.join(', ')}).`, {
      hint: `Remove them first, or give ${host.spelling('force')}.`,
    })
  const clusterId = there.resourceId ?? ''
  if (dryRun) {
    host.log.info(`Would ${action} ${name}${action === 'delete' ? ` and delete the cluster ${clusterId}` : ''}.`)
    return { changed: false, computeId: there.id, clusterId, state: 'planned' }
  }
  // What is only attached cannot be deleted through the workspace: it is detached, and then deleted where it lives.
  const attached = there.type === 'Kubernetes'
  await workspace.computes.remove(name, action === 'delete' && !attached ? 'Delete' : 'Detach')
  if (action === 'delete' && attached) {
    const place = clusterPlaceIn(clusterId)
    const access = { ...(await workspace.connection.management()), subscriptionId: place.subscriptionId }
    const { deleteCluster } = await clusters()
    await host.group(`Delete the cluster ${place.name}`, () => deleteCluster(access, place))
  }
  return { changed: true, computeId: '', clusterId, state: action === 'delete' ? 'deleted' : 'detached' }
}

async function servicesOn(workspace: Context['workspace'], { id }: Compute): Promise<readonly string[]> {
  const users: string[] = []
  for await (const endpoint of workspace.endpoints.list())
    if (endpoint.compute?.toLowerCase() === id.toLowerCase()) users.push(endpoint.name)
  return users
}
