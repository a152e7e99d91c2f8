import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { OwnService } from './ownService.ts'
import { type Ended, type RunOptions, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest
let example: OwnService

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  example = await OwnService.create(workspace, 'example')
  await example.register()
  await example.register()
  await workspace.done(example.deployment('1'))
})
test.after.always(() => workspace?.close())

/** The last error a run told, in one line. */
function errorOf({ stderr }: Ended): string {
  const at = stderr.lastIndexOf('Error: ')
  return at < 0 ? '' : stderr.slice(at).trim()
}

/** How a run failed, once it is sure that nothing was changed by it. */
async function failure(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const before = await workspace.service('example')
  const ended = await workspace.cli(args, options)
  const after = await workspace.service('example')
  if (JSON.stringify(after) !== JSON.stringify(before)) return `The service was changed: ${JSON.stringify(after)}`
  return `${ended.code}: ${errorOf(ended)}`
}

test('a version that does not exist is an error that names the newest there are', async (t) => {
  t.is(
    await failure(example.update('9')),
    '2: Error: Version "9" of the model "example" does not exist. Newest versions: 2, 1.',
  )
  t.is(
    await failure(['update', '--service', 'example', '--model', 'nothing:1']),
    '2: Error: Version "1" of the model "nothing" does not exist. There is no model "nothing" in the workspace.',
  )
  t.is(
    await failure(['update', '--service', 'example', '--model', 'nothing']),
    '2: Error: There is no active version of the model "nothing".',
  )
})

test('a service that does not exist cannot be updated', async (t) => {
  t.regex(
    await failure(['update', '--service', 'nowhere']),
    /^2: Error: There is no endpoint "nowhere" in the workspace "emulated"\. deploy creates it\.$/,
  )
})

test('names that Azure ML does not allow are told with the rule, all at once and before anything is asked', async (t) => {
  const run = await workspace.cli(['update', '--service', '9 lives', '--model', 'a/b:1', '--bake-seconds', 'soon'])
  t.is(run.code, 2)
  t.regex(run.stderr, /--service .*3 to 32.*given: "9 lives"/)
  t.regex(run.stderr, /--model must be NAME, NAME:VERSION.*given: "a\/b:1"/)
  t.regex(run.stderr, /--bake-seconds must be a number.*given: "soon"/)
  t.deepEqual(workspace.requestsOf(run), [])
})

test('an inference configuration that is missing or malformed is named with its line', async (t) => {
  const service = await OwnService.create(workspace, 'malformed')
  const file = join(service.folder, 'inferenceconfig.json')
  await writeFile(file, '{\n  "entryScript": "score.py",\n  "sourceDirectory": 7\n}\n')
  t.regex(await failure(service.deployment('1')), /^2: Error: .*inferenceconfig\.json:3: sourceDirectory/)
  await writeFile(file, '{\n  "entryScript": "score.py",\n  "sourceDirectry": "source"\n}\n')
  t.regex(await failure(service.deployment('1')), /inferenceconfig\.json:3: .*sourceDirectry.*sourceDirectory/s)
  await writeFile(file, '{\n  "entryScript": \n}\n')
  t.regex(await failure(service.deployment('1')), /^2: Error: .*inferenceconfig\.json:[23]: /)
  await rm(file)
  t.regex(
    await failure(service.deployment('1')),
    /^2: Error: --inference-config: the file ".*inferenceconfig\.json" does not exist\.$/,
  )
  await service.write({ deployment: { livenessProbeRequirements: { periodSeconds: 'often' } } })
  t.regex(
    await failure(service.deployment('1')),
    /^2: Error: .*deploymentconfig\.json:\d+: livenessProbeRequirements\.periodSeconds/,
  )
})

test('an entry script that is missing, or defines no init or run, is found before anything is sent', async (t) => {
  const service = await OwnService.create(workspace, 'scriptless', { script: 'def init():\n    pass\n' })
  t.regex(
    await failure(service.deployment('1')),
    /^2: Error: .*inferenceconfig\.json: The entry script ".*score\.py" does not define run\(\)\.$/,
  )
  await service.write({ script: 'print("hello")\n' })
  t.regex(await failure(service.deployment('1')), /does not define init\(\) and run\(\)\.$/)
  await service.write({ inference: { entryScript: 'scoring.py' } })
  t.regex(await failure(service.deployment('1')), /The entry script ".*scoring\.py" does not exist\.$/)
  t.is((await workspace.client.arm('GET', 'onlineEndpoints/scriptless')).status, 404)
})

test('an entry script that raises on import fails its deployment, and the log of the container is shown', async (t) => {
  const service = await OwnService.create(workspace, 'import-fails', {
    script: 'import sklearn_that_is_not_there\n\ndef init():\n    pass\n\ndef run(data):\n    return data\n',
  })
  const failed = await workspace.cli(service.deployment(await service.register()))
  t.is(failed.code, 1)
  t.regex(errorOf(failed), /No module named 'sklearn_that_is_not_there'/)
  t.regex(failed.stderr, /Log of v1-\w+[\s\S]*ModuleNotFoundError: No module named 'sklearn_that_is_not_there'/)
})

test('an endpoint name that a Kubernetes endpoint has is not deployed to', async (t) => {
  const { client } = workspace
  const resourceId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/cluster'
  const cluster = { location: 'local', properties: { computeType: 'Kubernetes', resourceId } }
  await client.finished(await client.arm('PUT', 'computes/cluster', cluster))
  const compute = `${client.workspace}/computes/cluster`
  const made = await client.arm('PUT', 'onlineEndpoints/on-kubernetes', {
    location: 'local',
    properties: { authMode: 'Key', compute },
  })
  t.is(made.status, 201)
  await client.finished(made)
  const service = await OwnService.create(workspace, 'on-kubernetes')
  t.is(
    await failure(service.deployment(await service.register())),
    '2: Error: The name "on-kubernetes" is taken by a Kubernetes endpoint on cluster; target managed cannot deploy to it.',
  )
})

test('traffic that Azure does not accept is told in Azure’s words, and what served before serves', async (t) => {
  const service = await OwnService.create(workspace, 'sums')
  await workspace.done(service.deployment(await service.register()))
  const message = 'The traffic of all deployments must sum to 100 percent, not 90.'
  const version = await service.register()
  const ended = await workspace.run(service.update(version), {
    // Only the switch is refused, which is the second time that this run writes the endpoint.
    watcher: once(/onlineEndpoints\/sums\?/, 2, (mark) =>
      workspace.emulator.faults.add({
        match: { method: 'PUT', path: `onlineEndpoints/sums\\?.*${mark}` },
        times: 1,
        effect: { kind: 'answer', status: 400, body: { error: { code: 'BadRequest', message } } },
      }),
    ),
  })
  const refused = await ended.ended
  t.is(refused.code, 3)
  t.regex(
    errorOf(refused),
    /writing the endpoint "sums", Azure answered 400 \(BadRequest\): The traffic of all deployments must sum to 100/,
  )
  const state = await workspace.service('sums')
  t.is(state.deployments.length, 1)
  t.deepEqual(Object.values(state.traffic), [100])
})

/** Calls back at the n-th PUT to a path, before the request is handled. */
function once(path: RegExp, count: number, then: (mark: string) => unknown): NonNullable<RunOptions['watcher']> {
  let seen = 0
  return ({ request: { method, url = '' } }) => {
    if (method !== 'PUT' || !path.test(url)) return
    seen += 1
    if (seen === count) then(/run\d+/.exec(url)?.[0] ?? '')
  }
}

test('credentials that are wrong or have expired are named as such', async (t) => {
  t.regex(
    await failure(example.update('2'), { environment: { AZURE_CLIENT_SECRET: 'not-the-secret' } }),
    /^1: Error: While signing in .*AADSTS7000215.*The client secret is wrong/s,
  )
  t.regex(
    await failure(example.update('2'), { environment: { AZURE_CLIENT_ID: '00000000-0000-0000-0000-000000000001' } }),
    /^1: Error: While signing in .*AADSTS700016/s,
  )
  const expired = {
    error: { code: 'ExpiredAuthenticationToken', message: 'The access token expiry UTC time is earlier than now.' },
  }
  const remove = workspace.emulator.faults.add({
    match: { path: 'onlineEndpoints/token-expires' },
    effect: { kind: 'answer', status: 401, body: expired },
  })
  t.regex(
    await failure(['update', '--service', 'token-expires']),
    /^1: Error: While reading the endpoint "token-expires", Azure answered 401 \(ExpiredAuthenticationToken\): The access token expiry/,
  )
  remove()
})

test('a workspace in another subscription, resource group or of another name is an error about the address', async (t) => {
  const elsewhere = '11111111-2222-3333-4444-555555555555'
  const at = (environment: Readonly<Record<string, string>>) => failure(['watch'], { environment })
  t.regex(
    await at({ AZUREML_CD_SUBSCRIPTION_ID: elsewhere }),
    /^1: Error: .*11111111-2222-3333-4444-555555555555.*subscription/s,
  )
  t.regex(await at({ AZUREML_CD_RESOURCE_GROUP: 'other-group' }), /^1: Error: .*other-group.*resource group/s)
  t.regex(await at({ AZUREML_CD_WORKSPACE: 'other-workspace' }), /^1: Error: .*other-workspace.*workspace/s)
})

test('a role that is missing is told, before anything is changed', async (t) => {
  const message = "The client 'x' does not have authorization to perform action 'onlineEndpoints/write'."
  const remove = workspace.emulator.faults.add({
    match: { method: 'PUT', path: 'onlineEndpoints/example\\?' },
    effect: { kind: 'answer', status: 403, body: { error: { code: 'AuthorizationFailed', message } } },
  })
  t.regex(
    await failure(example.update('2')),
    /^1: Error: While writing the endpoint "example", Azure answered 403 \(AuthorizationFailed\): The client 'x' does not have authorization.*AzureML Data Scientist/,
  )
  remove()
})
