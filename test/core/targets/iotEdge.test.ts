import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { HubUnderTest } from '../../emulator/hubUnderTest.ts'
import { until } from '../../emulator/until.ts'
import { serviceFolder } from '../image/packageCommand.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'

let product: WorkspaceUnderTest
let hub: HubUnderTest

test.before(async () => {
  product = await WorkspaceUnderTest.start()
  hub = await HubUnderTest.create(product.client, product.emulator.url, 'hub-1')
  const folder = await product.folder()
  for (const version of ['1', '2', '3']) {
    await writeFile(join(folder, 'model.txt'), version)
    await product.done(['register', '--name', 'm', '--version', version, '--path', join(folder, 'model.txt')])
  }
})

test.after.always(async () => {
  await product?.close()
})

const password = 'p4ssw0rd-of-the-registry'
const credentials = [{ location: 'registry.example', user: 'puller', password }]

/** Arguments that name a service's files, and the image of a version. */
async function files(service: string, deployment: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const folder = await serviceFolder(product, {
    files: {
      'code/score.py': 'def init(): pass\ndef run(data): return data\n',
      'deploymentconfig.json': JSON.stringify({
        ...{ computeType: 'iot', amlModule: { moduleName: 'scoring' }, acrCredentials: credentials, ...deployment },
      }),
    },
    configuration: {
      entryScript: 'score.py',
      sourceDirectory: 'code',
      environment: { environmentVariables: { A: 'b' } },
    },
  })
  return [
    ...['deploy', '--service', service, '--bake-seconds', '0'],
    ...['--inference-config', join(folder, 'inferenceconfig.json')],
    ...['--deployment-config', join(folder, 'deploymentconfig.json')],
  ]
}

const version = (number: number) => ['--model', `m:${number}`, '--image', `registry.example/scoring:${number}`]
const update = (service: string, number: number) => [
  ...['update', '--service', service, '--target', 'iot-edge', '--bake-seconds', '0'],
  ...version(number),
]
const on = (service: string) => ['--service', service, '--target', 'iot-edge']

const configurations = z.array(
  z.looseObject({ id: z.string(), priority: z.number(), etag: z.string(), labels: z.record(z.string(), z.string()) }),
)

async function deployments(service: string) {
  const { body } = await hub.send('GET', '/configurations')
  return configurations.parse(body).filter(({ labels }) => labels['azureml-cd-service'] === service)
}

test('a service is deployed at scale, updated, taken back when devices fail, and removed', async (t) => {
  await hub.device('north', { site: 'a' })
  await hub.device('south', { site: 'a' })
  const deploy = [
    ...(await files('fleet', { targetCondition: "tags.site = 'a'", tags: { team: 'vision' } })),
    ...version(1),
  ]
  const dry = await product.done([...deploy, '--dry-run'])
  t.regex(dry.stderr, /Would create the deployment fleet-1-[0-9a-f]{8} with priority 10/)
  t.deepEqual(await deployments('fleet'), [])
  const first = await product.done(deploy)
  t.like(first.outputs, { changed: true, state: 'Succeeded', scoringUri: '' })
  t.notRegex(first.stderr + first.stdout, new RegExp(password))
  t.regex(first.stderr, /2 devices targeted, 2 applied, 2 reported success, 0 reported failure/)
  const [made] = await deployments('fleet')
  t.like(made, { id: first.outputs.deployment, priority: 10, labels: { team: 'vision' } })
  t.true(JSON.stringify(made).includes(password))
  t.deepEqual(await hub.images('north'), { scoring: 'registry.example/scoring:1' })

  const again = await product.done(deploy)
  t.is(again.outputs.changed, false)
  t.deepEqual(await deployments('fleet'), [made])

  const second = await product.done(update('fleet', 2))
  t.is(second.outputs.outcome, 'promoted')
  t.notRegex(second.stderr + second.stdout, new RegExp(password))
  const [next, ...more] = await deployments('fleet')
  t.deepEqual(more, [])
  t.like(next, { id: second.outputs.deployment, priority: 11, labels: { team: 'vision', 'azureml-cd-models': 'm:2' } })
  t.not(next?.id, made?.id)
  t.deepEqual(await hub.images('south'), { scoring: 'registry.example/scoring:2' })
  t.is((await product.done(update('fleet', 2))).outputs.changed, false)

  await hub.device('south', { emulator: { failing: ':3' } })
  const third = await product.cli(update('fleet', 3))
  t.is(third.code, 3)
  t.regex(third.stderr, /"fleet-3-[0-9a-f]{8}" was deleted again: 2 devices targeted, .* 1 reported failure; 2 had to/)
  t.regex(third.stderr, /Devices go back to fleet-2-/)
  t.deepEqual(
    (await deployments('fleet')).map(({ id }) => id),
    [next?.id ?? ''],
  )
  t.deepEqual(await hub.images('north'), { scoring: 'registry.example/scoring:2' })

  const show = await product.done(['show', ...on('fleet')])
  t.like(show.outputs, { state: 'Succeeded', models: ['m:2'], authentication: 'none', scoringUri: '' })
  const kept = await product.cli(['remove', ...on('fleet')])
  t.is(kept.code, 1)
  t.is((await product.done(['remove', ...on('fleet'), '--force'])).outputs.changed, true)
  t.deepEqual(await deployments('fleet'), [])
  t.is((await product.cli(['show', ...on('fleet')])).code, 2)
  t.is((await product.done(['remove', ...on('fleet'), '--force'])).outputs.changed, false)
})

test('some devices may fail where a percentage says so', async (t) => {
  await hub.device('good', { site: 'b' })
  await hub.device('bad', { site: 'b', emulator: { failing: 'scoring:1' } })
  const deploy = async (more: object) =>
    product.cli([...(await files('most', { targetCondition: "tags.site='b'", ...more })), ...version(1)])
  const all = await deploy({})
  t.is(all.code, 1)
  t.regex(all.stderr, /1 reported failure; 2 had to succeed\./)
  t.deepEqual(await deployments('most'), [])
  t.is((await product.cli(['show', ...on('most')])).code, 2)
  const half = await deploy({ successPercentage: 50 })
  t.is(half.code, 0)
  t.is(half.outputs.state, 'Failed on 1 of 2')
})

test('what no device fulfils is not left in the hub', async (t) => {
  const deploy = [...(await files('nobody', { targetCondition: "deviceId='nobody'" })), ...version(1)]
  const ended = await product.cli([...deploy, '--timeout-seconds', '10'])
  t.is(ended.code, 1)
  t.regex(ended.stderr, /no device fulfils the condition deviceId='nobody' within 10 s/)
  t.deepEqual(await deployments('nobody'), [])
})

test('a killed run is gone on with by the same version, and another one waits for its lease or takes over', async (t) => {
  await hub.device('away', { site: 'c', emulator: { offline: true } })
  const deploy = [...(await files('killed', { targetCondition: "tags.site='c'" })), ...version(1)]
  const run = await product.run(deploy)
  await until(async () => (await deployments('killed')).length === 1)
  run.child.kill('SIGKILL')
  await run.ended
  const [left] = await deployments('killed')
  const other = [...deploy.slice(0, -4), ...version(2)]
  const busy = await product.cli([...other, '--wait-seconds', '0'])
  t.is(busy.code, 1)
  t.regex(busy.stderr, /Another run is bringing m:1 to "killed" \(killed-1-\w+\) and was not done after 0 s/)
  await hub.device('away', { emulator: {} })
  const resumed = await product.done(deploy)
  t.like(resumed.outputs, { changed: true, deployment: left?.id })

  await hub.device('away', { emulator: { offline: true } })
  const second = await product.run(update('killed', 2))
  await until(async () => (await deployments('killed')).length === 2)
  second.child.kill('SIGKILL')
  await second.ended
  await hub.device('away', { emulator: {} })
  const third = await product.done([...update('killed', 3), '--take-over'])
  t.is(third.outputs.outcome, 'promoted')
  t.deepEqual(
    (await deployments('killed')).map(({ id }) => id),
    [String(third.outputs.deployment)],
  )
})

for (const edgeHubSchemaVersion of ['1.0', '1.1', '1.3'])
  test(`one device is told at once by a manifest of schema ${edgeHubSchemaVersion}, and told again what it ran when a version fails`, async (t) => {
    const device = `one-${edgeHubSchemaVersion.replace('.', '')}`
    await hub.device(device)
    const given = {
      ...{ iotDeviceId: device, edgeHubSchemaVersion, timeToLiveSeconds: 600 },
      amlModule: { moduleName: 'scoring', environmentVariables: { LEVEL: 'high' }, propertiesDesired: { rate: 3 } },
      externalModules: [
        { moduleName: 'camera', imageLocation: 'mcr.example/camera:1', createOptions: { Labels: long } },
      ],
      routes: { up: 'FROM /messages/modules/camera/outputs/* INTO $upstream' },
    }
    const deploy = [...(await files(device, given)), ...version(1)]
    const first = await product.done(deploy)
    t.like(first.outputs, { changed: true, state: 'Succeeded' })
    t.is((await product.done(deploy)).outputs.changed, false)
    const told = (module: string) => hub.send('GET', `/twins/${device}/modules/${module}`)
    t.like((await told('$edgeHub')).body, {
      properties: {
        desired: { schemaVersion: edgeHubSchemaVersion, storeAndForwardConfiguration: { timeToLiveSecs: 600 } },
      },
    })
    t.like((await told('$edgeAgent')).body, {
      properties: {
        desired: {
          schemaVersion: edgeHubSchemaVersion === '1.0' ? '1.0' : '1.1',
          modules: { scoring: { version: '1', env: { LEVEL: { value: 'high' }, A: { value: 'b' } } } },
        },
      },
    })
    t.like((await told('scoring')).body, { properties: { desired: { rate: 3 } } })

    t.is((await product.done(update(device, 2))).outputs.outcome, 'promoted')
    const both = { scoring: 'registry.example/scoring:2', camera: 'mcr.example/camera:1' }
    t.deepEqual(await hub.images(device), both)
    await hub.device(device, { emulator: { failing: ':3' } })
    const third = await product.cli(update(device, 3))
    t.is(third.code, 3)
    t.regex(third.stderr, /did not come up on the device .*backoff \(exited with code 3, exit code 3\)\./)
    t.regex(third.stderr, /told to run m:2 again/)
    t.deepEqual(await hub.images(device), both)
    t.like((await product.done(['show', ...on(device)])).outputs, { models: ['m:2'], state: 'Succeeded' })
    for (const one of [first, third]) t.notRegex(one.stderr + one.stdout, new RegExp(password))

    await product.done(['remove', ...on(device), '--force'])
    t.deepEqual(await hub.images(device), {})
  })

/** More than one piece of createOptions. */
const long = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`label-${index}`, 'x'.repeat(20)]))

test('a device that runs something else is left alone, and one that is not there is named', async (t) => {
  await hub.device('shared')
  const theirs = [...(await files('theirs', { iotDeviceId: 'shared' })), ...version(1)]
  await product.done(theirs)
  const ours = await files('ours', { iotDeviceId: 'shared', amlModule: { moduleName: 'mine' } })
  const refused = await product.cli([...ours, ...version(2)])
  t.is(refused.code, 2)
  t.regex(
    refused.stderr,
    /The device "shared" runs scoring, which this deployment does not name and which would be removed/,
  )
  t.deepEqual(await hub.images('shared'), { scoring: 'registry.example/scoring:1' })
  const nowhere = await product.cli([...(await files('nowhere', { iotDeviceId: 'no-such' })), ...version(1)])
  t.is(nowhere.code, 2)
  t.regex(nowhere.stderr, /The IoT hub knows no IoT Edge device "no-such"/)
  const moved = await product.cli([...(await files('theirs', { iotDeviceId: 'elsewhere' })), ...version(1)])
  t.is(moved.code, 2)
  t.regex(moved.stderr, /"theirs" is the module "scoring" on the device "shared" of .*, and the files say otherwise/)
})

test('a first version that fails on a device is taken off it again', async (t) => {
  await hub.device('new', { emulator: { failing: 'scoring' } })
  const ended = await product.cli([...(await files('new', { iotDeviceId: 'new' })), ...version(1)])
  t.is(ended.code, 1)
  t.regex(ended.stderr, /The device was told what it was told before/)
  t.deepEqual(await hub.images('new'), {})
  t.is((await product.cli(['show', ...on('new')])).code, 2)
})

test('a connection string signs in to the hub, is kept for later, and is never printed', async (t) => {
  await hub.device('signed')
  const connectionString = await hub.connectionString()
  const deploy = [...(await files('signed', { iotDeviceId: 'signed' })), ...version(1)]
  const wrong = await product.cli([...deploy, '--hub-connection-string', 'HostName=somewhere'])
  t.is(wrong.code, 2)
  t.regex(wrong.stderr, /The connection string of the IoT hub is none/)
  const first = await product.done([...deploy, '--hub-connection-string', connectionString])
  const next = await product.done(update('signed', 2))
  const signed = product.emulator.requests.all().filter(({ path }) => path.startsWith('/twins/signed/'))
  t.true(signed.length > 0)
  for (const { stderr, stdout } of [first, next]) t.false((stderr + stdout).includes(await hub.key()))
  const { body } = await product.client.arm('GET', 'connections/azureml-cd-iot_signed')
  t.false(JSON.stringify(body).includes(await hub.key()))
})

test('what devices have no place for is refused, with what to do instead', async (t) => {
  await hub.device('plain')
  const deploy = [...(await files('plain', { iotDeviceId: 'plain', iotHub: 'hub-1' })), ...version(1)]
  await product.done(deploy)
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['logs', ...on('plain')], /The log of the service "plain" is on its devices\. Run "iotedge logs scoring" there/],
    [['keys', ...on('plain')], /"plain" is on devices, where no key is asked for/],
    [['keys', ...on('plain'), '--regenerate', 'primary'], /has no keys to replace: its authentication is none/],
    [['show', ...on('plain'), '--swagger-file', 'x'], /says nowhere how its requests look/],
  ]
  for (const [args, message] of refusals) {
    const { code, stderr } = await product.cli(args)
    t.true(code === 1 || code === 2, String(code))
    t.regex(stderr, message)
  }
  const requests = join(await product.folder(), 'requests.json')
  await writeFile(requests, '{"requests": [{"name": "any", "body": 1}]}')
  const asked = await product.cli(['test', ...on('plain'), '--requests', requests])
  t.regex(asked.stderr, /is on devices, which cannot be asked from here\. Deploy the same image to the target local/)
  const probed = await product.cli([...deploy, '--requests', requests])
  t.is(probed.code, 2)
  t.regex(probed.stderr, /Test requests cannot be sent to devices/)
  const unbuilt = await product.cli(update('plain', 2).slice(0, -2))
  t.regex(unbuilt.stderr, /give --inference-config to build it, or --image when it is built already/)
})

test.serial('which hub is meant must be said where there are several', async (t) => {
  const other = await HubUnderTest.create(product.client, product.emulator.url, 'hub-2')
  t.teardown(() => other.delete())
  const ended = await product.cli([...(await files('which', { iotDeviceId: 'any' })), ...version(1)])
  t.is(ended.code, 2)
  t.regex(ended.stderr, /does not tell: it has hub-1, hub-2\. Name it in the deployment configuration: iotHub\./)
})
