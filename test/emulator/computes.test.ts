import test from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { Client } from './client.ts'
import { putEndpoint } from './deployable.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process' })
  client = new Client(emulator)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

const cluster = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/cluster'
const putCompute = (name: string, properties: unknown) =>
  client.arm('PUT', `computes/${name}`, { location: 'local', properties })

test('a Kubernetes cluster is attached, used by an endpoint, and can only be detached', async (t) => {
  const attached = await putCompute('attached', { computeType: 'Kubernetes', resourceId: cluster })
  t.is(attached.status, 201)
  await client.finished(attached)
  t.like((await client.arm('GET', 'computes/attached')).body, {
    properties: { isAttachedCompute: true, provisioningState: 'Succeeded', properties: { namespace: 'default' } },
  })
  const compute = `${client.workspace}/computes/attached`
  const made = await client.arm('PUT', 'onlineEndpoints/on-cluster', {
    location: 'local',
    properties: { authMode: 'Key', compute },
  })
  await client.finished(made)
  t.like((await client.arm('GET', 'onlineEndpoints/on-cluster')).body, { kind: 'Kubernetes', properties: { compute } })
  t.is((await client.arm('DELETE', 'computes/attached')).status, 400)
  t.is((await client.arm('DELETE', 'computes/attached?underlyingResourceAction=Delete')).status, 400)
  t.is((await client.arm('DELETE', 'computes/attached?underlyingResourceAction=Detach')).status, 409)
  await client.finished(await client.arm('DELETE', 'onlineEndpoints/on-cluster'))
  const detached = await client.arm('DELETE', 'computes/attached?underlyingResourceAction=Detach')
  t.is(detached.status, 202)
  await client.finished(detached)
  t.is((await client.arm('GET', 'computes/attached')).status, 404)
})

test('a cluster that was made here is changed and deleted, not detached', async (t) => {
  const vmSize = 'STANDARD_DS3_V2'
  await client.finished(await putCompute('nodes', { computeType: 'AmlCompute', properties: { vmSize } }))
  const patched = await client.arm('PATCH', 'computes/nodes', {
    properties: { properties: { vmSize, scaleSettings: { maxNodeCount: 4, minNodeCount: 1 } } },
  })
  t.is(patched.status, 200)
  t.like(patched.body, { properties: { properties: { scaleSettings: { maxNodeCount: 4 } } } })
  t.is((await client.arm('DELETE', 'computes/nodes?underlyingResourceAction=Detach')).status, 400)
  await client.finished(await client.arm('DELETE', 'computes/nodes?underlyingResourceAction=Delete'))
  t.is((await client.arm('GET', 'computes/nodes')).status, 404)
  t.is((await client.arm('DELETE', 'computes/nodes?underlyingResourceAction=Delete')).status, 204)
})

test('computes and what is on them must fit', async (t) => {
  t.is((await putCompute('loose', { computeType: 'Kubernetes' })).status, 400)
  t.is((await putCompute('odd', { computeType: 'Abacus' })).status, 400)
  const { status } = await client.arm('PUT', 'onlineEndpoints/nowhere', {
    location: 'local',
    properties: { authMode: 'Key', compute: `${client.workspace}/computes/ghost` },
  })
  t.is(status, 400)
  t.is((await putEndpoint(client, 'managed')).status, 201)
})
