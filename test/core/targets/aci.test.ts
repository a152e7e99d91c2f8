import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { OwnService } from '../operations/ownService.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

const at = (group: string) =>
  workspace.client.workspace.replace(
    /Microsoft\.MachineLearningServices.*/,
    `Microsoft.ContainerInstance/containerGroups/${group}`,
  )

const shape = z.object({
  tags: z.record(z.string(), z.string()),
  properties: z.looseObject({
    containers: z.array(z.looseObject({ name: z.string(), properties: z.looseObject({ image: z.string() }) })),
  }),
})

async function group(name: string) {
  return shape.parse((await workspace.client.arm('GET', at(name))).body)
}

async function aciService(name: string, deployment: Readonly<Record<string, unknown>>): Promise<OwnService> {
  const service = await OwnService.create(workspace, name)
  await writeFile(join(service.folder, 'deploymentconfig.json'), JSON.stringify({ computeType: 'ACI', ...deployment }))
  await service.register()
  return service
}

/** Without test requests: a container group of the embedded workspace is a record and answers nobody. */
function deployment(
  service: OwnService,
  version: string,
  image: string,
  ...more: readonly string[]
): readonly string[] {
  return [
    ...['deploy', '--service', service.name, '--model', `${service.name}:${version}`, '--image', image],
    ...['--inference-config', join(service.folder, 'inferenceconfig.json')],
    ...['--deployment-config', join(service.folder, 'deploymentconfig.json'), '--bake-seconds', '0', ...more],
  ]
}

function update(service: OwnService, version: string, image: string): readonly string[] {
  const model = `${service.name}:${version}`
  return [
    'update',
    '--service',
    service.name,
    '--model',
    model,
    '--target',
    'aci',
    '--image',
    image,
    '--bake-seconds',
    '0',
  ]
}

test('a service on ACI has everything its v1 configuration says, and its keys nobody is told', async (t) => {
  const service = await aciService('on-aci', {
    containerResourceRequirements: { cpu: 0.5, memoryInGB: 0.7 },
    ...{ authEnabled: 'True', dnsNameLabel: 'my-on-aci', tags: { team: 'a' } },
    environmentVariables: { LEVEL: 'high' },
    keys: { primaryKey: 'a-primary-key-of-mine', secondaryKey: 'a-secondary-key-of-mine' },
  })
  const run = await workspace.done(deployment(service, '1', 'registry.example.com/on-aci:1'))
  t.like(run.outputs, {
    ...{ changed: true, state: 'Running', deployment: 'on-aci' },
    scoringUri: 'http://my-on-aci.local.azurecontainer.io/score',
    swaggerUri: 'http://my-on-aci.local.azurecontainer.io/swagger.json',
  })
  t.notRegex(run.stdout + run.stderr, /key-of-mine/)
  const made = await group('on-aci')
  t.like(made.tags, { team: 'a', 'azureml-cd.models': 'on-aci:1', 'azureml-cd.authentication': 'key' })
  t.like(made.properties, { osType: 'Linux', restartPolicy: 'Always' })
  const [scoring, gate] = made.properties.containers
  t.like(scoring?.properties, {
    image: 'registry.example.com/on-aci:1',
    resources: { requests: { cpu: 0.5, memoryInGB: 0.7 } },
    ports: [{ port: 5001 }],
  })
  const variables = z
    .array(z.object({ name: z.string(), value: z.string().optional() }))
    .parse(scoring?.properties.environmentVariables)
  t.deepEqual(Object.fromEntries(variables.map(({ name, value }) => [name, value])), {
    LEVEL: 'high',
    SCORING_TIMEOUT_MS: '60000',
  })
  t.like(gate?.properties, { resources: { requests: { cpu: 0.5, memoryInGB: 0.3 } }, ports: [{ port: 80 }] })
  t.notRegex(JSON.stringify(made), /key-of-mine/)

  t.like((await workspace.done(deployment(service, '1', 'registry.example.com/on-aci:1'))).outputs, { changed: false })
  const file = join(await workspace.folder(), 'keys.json')
  await workspace.done(['keys', '--service', 'on-aci', '--target', 'aci', '--regenerate', 'secondary', '--file', file])
  const shown = await workspace.done(['show', '--service', 'on-aci', '--target', 'aci'])
  t.like(shown.outputs, { models: ['on-aci:1'], authentication: 'key', state: 'Running' })
  const logs = await workspace.done(['logs', '--service', 'on-aci', '--target', 'aci'])
  t.regex(logs.stderr, /The container "scoring" is a record/)
})

test('an update proves a group beside the service, moves it, and the service keeps its address and its keys', async (t) => {
  const service = await aciService('moving', { authEnabled: true, numReplicas: 1 })
  const first = await workspace.done(deployment(service, '1', 'registry.example.com/moving:1'))
  const version = await service.register()
  const watched: string[] = []
  const run = await workspace.cli(update(service, version, 'registry.example.com/moving:2'), {
    watcher: ({ request }) =>
      watched.push(`${request.method} ${/containerGroups\/([^/?]+)/.exec(request.url ?? '')?.[1] ?? ''}`),
  })
  t.is(run.code, 0, run.stderr)
  t.like(run.outputs, { outcome: 'promoted', previousVersion: '1', modelVersion: version })
  const moved = await group('moving')
  t.is(moved.properties.containers[0]?.properties.image, 'registry.example.com/moving:2')
  t.is(moved.tags['azureml-cd.models'], `moving:${version}`)
  t.is((await workspace.client.arm('GET', at('moving-next'))).status, 404)
  const shown = await workspace.done(['show', '--service', 'moving', '--target', 'aci'])
  t.is(shown.outputs.scoringUri, first.outputs.scoringUri)
  t.like((await workspace.done(update(service, version, 'registry.example.com/moving:2'))).outputs, {
    outcome: 'unchanged',
  })
})

test('a group that does not come up is refused: beside the service, or in its place, which goes back', async (t) => {
  const service = await aciService('steady', {})
  await workspace.done(deployment(service, '1', 'registry.example.com/steady:1'))
  const version = await service.register()
  const refused = async (path: string) => {
    workspace.emulator.faults.add({
      match: { method: 'PUT', path },
      times: 1,
      effect: { kind: 'fail-operation', error: { code: 'ImageNotFound', message: 'The image cannot be pulled.' } },
    })
    const run = await workspace.cli(update(service, version, 'registry.example.com/steady:2'))
    t.is(run.code, 3, run.stderr)
    t.regex(run.stderr, /The image cannot be pulled.*steady is as before/s)
    const now = await group('steady')
    t.is(now.properties.containers[0]?.properties.image, 'registry.example.com/steady:1')
    t.is(now.tags['azureml-cd.models'], 'steady:1')
    t.is((await workspace.client.arm('GET', at('steady-next'))).status, 404)
  }
  await refused('containerGroups/steady-next\\?')
  await refused('containerGroups/steady\\?')
  const first = await aciService('stillborn', {})
  workspace.emulator.faults.add({
    match: { method: 'PUT', path: 'containerGroups/stillborn\\?' },
    times: 1,
    effect: { kind: 'fail-operation', error: { code: 'ImageNotFound', message: 'The image cannot be pulled.' } },
  })
  const run = await workspace.cli(deployment(first, '1', 'registry.example.com/stillborn:1'))
  t.is(run.code, 1)
  t.is((await workspace.client.arm('GET', at('stillborn'))).status, 404)
  t.is((await workspace.client.arm('GET', 'connections/azureml-cd-stillborn')).status, 404)
})

test('TLS, a virtual network, a key of one’s own and an identity that pulls are in the group as they are asked for', async (t) => {
  const identity = '/subscriptions/x/resourceGroups/y/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller'
  const service = await aciService('guarded', {
    ...{
      authEnabled: true,
      sslEnabled: true,
      sslCertificate: 'certificate.pem',
      sslKey: 'key.pem',
      cname: 'score.example.com',
    },
    ...{
      vnetName: 'net',
      subnetName: 'groups',
      location: 'West Europe',
      restartPolicy: 'onfailure',
      pullIdentity: identity,
    },
    ...{
      vaultBaseUrl: 'https://vault.example.com',
      keyName: 'own',
      keyVersion: '1',
      gateImage: 'registry.example.com/nginx:1',
    },
  })
  await writeFile(
    join(service.folder, 'certificate.pem'),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  )
  await writeFile(
    join(service.folder, 'key.pem'),
    '-----BEGIN PRIVATE KEY-----\nhush-hush-hush\n-----END PRIVATE KEY-----\n',
  )
  const run = await workspace.done(deployment(service, '1', 'own.azurecr.io/guarded:1'))
  t.notRegex(run.stdout + run.stderr, /hush/)
  const { body } = await workspace.client.arm('GET', at('guarded'))
  t.like(body, {
    location: 'westeurope',
    identity: { type: 'UserAssigned' },
    properties: {
      restartPolicy: 'OnFailure',
      ipAddress: { type: 'Private', ports: [{ port: 443 }] },
      subnetIds: [
        {
          id: at('x').replace(/Microsoft\.ContainerInstance.*/, 'Microsoft.Network/virtualNetworks/net/subnets/groups'),
        },
      ],
      encryptionProperties: { vaultBaseUrl: 'https://vault.example.com', keyName: 'own', keyVersion: '1' },
      imageRegistryCredentials: [{ server: 'own.azurecr.io', identity }],
      containers: [
        { name: 'scoring' },
        {
          properties: {
            image: 'registry.example.com/nginx:1',
            command: ['nginx', '-c', '/etc/azureml-cd-gate/nginx.conf'],
          },
        },
      ],
    },
  })
})

test('what ACI cannot do is told before anything is sent, and a group of somebody else’s is left alone', async (t) => {
  const service = await aciService('limited', { tokenAuthEnabled: true, trafficPercentile: 20 })
  const tokens = await workspace.cli(deployment(service, '1', 'x'))
  t.is(tokens.code, 2)
  t.regex(tokens.stderr, /tokenAuthEnabled: A service on ACI takes keys or asks for nothing/)
  const other = await aciService('foreign', {})
  const { status } = await workspace.client.arm('PUT', at('foreign'), {
    location: 'local',
    properties: {
      osType: 'Linux',
      containers: [{ name: 'a', properties: { image: 'a', resources: { requests: { cpu: 1, memoryInGB: 1 } } } }],
    },
  })
  t.is(status, 201)
  const taken = await workspace.cli(deployment(other, '1', 'x'))
  t.is(taken.code, 2)
  t.regex(taken.stderr, /The name "foreign" is taken by a container group that is no service of this product\./)
  const missing = await workspace.cli(['update', '--service', 'foreign', '--target', 'aci'])
  t.is(missing.code, 2)
  t.regex(missing.stderr, /There is no service "foreign" on aci/)
})

test('a service on ACI is removed with its keys', async (t) => {
  const service = await aciService('leaving', {})
  await workspace.done(deployment(service, '1', 'registry.example.com/leaving:1'))
  t.is((await workspace.cli(['remove', '--service', 'leaving', '--target', 'aci'])).code, 1)
  t.like((await workspace.done(['remove', '--service', 'leaving', '--target', 'aci', '--force'])).outputs, {
    changed: true,
  })
  t.is((await workspace.client.arm('GET', at('leaving'))).status, 404)
  t.is((await workspace.client.arm('GET', 'connections/azureml-cd-leaving')).status, 404)
  t.like((await workspace.done(['remove', '--service', 'leaving', '--target', 'aci'])).outputs, { changed: false })
})
