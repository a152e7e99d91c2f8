import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { OwnService } from '../operations/ownService.ts'
import { type Ended, WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  await workspace.client.finished(
    await workspace.client.arm('PUT', 'computes/cpu-cluster', {
      location: 'local',
      properties: { computeType: 'AmlCompute', properties: { vmSize: 'STANDARD_DS3_V2' } },
    }),
  )
})
test.after.always(() => workspace?.close())

/** Scores files with numbers in them; what its model says makes it fail. */
const script = `
import json, os
from pathlib import Path

def init():
    global told, version
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    told = json.loads(next(folder.rglob("told.json")).read_text())
    version = folder.name
    if "raise" in told:
        raise RuntimeError(told["raise"])

def run(mini_batch):
    rows = []
    for path in mini_batch:
        if "badAfter" not in told:
            rows.append("%s %d version %s" % (os.path.basename(path), int(open(path).read()) * 10, version))
    return rows
`

async function batchService(name: string, deployment: Readonly<Record<string, unknown>> = {}): Promise<OwnService> {
  const service = await OwnService.create(workspace, name, {
    script,
    deployment: {
      ...{ computeType: 'batch', computeTargetName: 'cpu-cluster', maxConcurrentRequestsPerContainer: undefined },
      ...deployment,
    },
  })
  await writeFile(join(service.folder, 'one.txt'), '4')
  return service
}

function deployment(service: OwnService, version: string): readonly string[] {
  return [
    ...['deploy', '--service', service.name, '--model', `${service.name}:${version}`],
    ...['--inference-config', join(service.folder, 'inferenceconfig.json')],
    ...['--deployment-config', join(service.folder, 'deploymentconfig.json')],
    ...['--trial-input', join(service.folder, 'one.txt')],
  ]
}

function update(service: OwnService, version: string): readonly string[] {
  return [
    ...['update', '--target', 'batch', '--service', service.name, '--model', `${service.name}:${version}`],
    ...['--trial-input', join(service.folder, 'one.txt')],
  ]
}

const resource = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).default({}),
  properties: z.looseObject({ defaults: z.object({ deploymentName: z.string().nullable() }).optional() }),
})

async function live(name: string) {
  const { tags, properties } = resource.parse((await workspace.client.arm('GET', `batchEndpoints/${name}`)).body)
  const listed = await workspace.client.arm('GET', `batchEndpoints/${name}/deployments`)
  const { value: deployments } = z.object({ value: z.array(resource) }).parse(listed.body)
  return { tags, deployments, default: properties.defaults?.deploymentName ?? undefined }
}

/** The last error a run told, in one line. */
function errorOf({ stderr }: Ended): string {
  const at = stderr.lastIndexOf('Error: ')
  return at < 0 ? '' : stderr.slice(at).trim()
}

const unfinished = (tags: Readonly<Record<string, string>>) =>
  Object.keys(tags).filter((tag) => /^azureml-cd\.(rollout|candidate|previous|phase|lease|reason)$/.test(tag))

test('a batch service has everything its configuration says, is tried, and is the default; again changes nothing', async (t) => {
  const service = await batchService('nightly', {
    ...{ instanceCount: 2, miniBatchSize: 3, maxConcurrencyPerInstance: 4, errorThreshold: 5 },
    ...{ outputAction: 'AppendRow', outputFileName: 'scores.csv', loggingLevel: 'Debug', description: 'by night' },
    retrySettings: { maxRetries: 2, timeoutSeconds: 90 },
    environmentVariables: { LEVEL: 1.5 },
    tags: { team: 'blue' },
  })
  const version = await service.register()
  const made = await workspace.done(deployment(service, version))
  t.like(made.outputs, { changed: true, state: 'Succeeded', modelVersion: version })
  t.regex(String(made.outputs.scoringUri), /\/batch\/nightly\/jobs$/)
  const after = await live('nightly')
  t.is(after.default, String(made.outputs.deployment))
  t.deepEqual(unfinished(after.tags), [])
  t.is(after.deployments.length, 1)
  t.like(after.deployments[0]?.properties, {
    ...{ miniBatchSize: 3, maxConcurrencyPerInstance: 4, errorThreshold: 5, outputAction: 'AppendRow' },
    ...{ outputFileName: 'scores.csv', loggingLevel: 'Debug', description: 'by night' },
    resources: { instanceCount: 2 },
    retrySettings: { maxRetries: 2, timeout: 'PT1M30S' },
    environmentVariables: { LEVEL: '1.5' },
    compute: `${workspace.client.workspace}/computes/cpu-cluster`,
    model: { referenceType: 'Id', assetId: `${workspace.client.workspace}/models/nightly/versions/${version}` },
  })
  t.is(after.deployments[0]?.tags.team, 'blue')
  t.regex(made.stderr, /The job batchjob-\S+ runs v1-\w+ over 1 file of .*one\.txt\./)

  const again = await workspace.done(deployment(service, version))
  t.like(again.outputs, { changed: false, deployment: made.outputs.deployment, state: 'Succeeded' })
  t.deepEqual(
    workspace.requestsOf(again).filter(({ method }) => method !== 'GET'),
    [],
  )
  await service.write({
    script,
    deployment: {
      ...{ computeType: 'batch', computeTargetName: 'cpu-cluster', maxConcurrentRequestsPerContainer: undefined },
      miniBatchSize: 7,
    },
  })
  const other = await workspace.done(deployment(service, version))
  t.like(other.outputs, { changed: true })
  t.not(other.outputs.deployment, made.outputs.deployment)
  t.deepEqual(
    (await live('nightly')).deployments.map(({ name }) => name),
    [String(other.outputs.deployment)],
  )
})

test('another version of a batch service is tried before it takes over, and what fails its trial changes nothing', async (t) => {
  const service = await batchService('weekly')
  const first = await service.register()
  await workspace.done(deployment(service, first))
  const second = await service.register()
  const moved = await workspace.done(update(service, second))
  t.like(moved.outputs, { outcome: 'promoted', changed: true, previousVersion: first, modelVersion: second })
  const after = await live('weekly')
  t.is(after.default, String(moved.outputs.deployment))
  t.is(after.deployments.length, 1)
  t.like((await workspace.done(update(service, second))).outputs, { outcome: 'unchanged', changed: false })

  const raising = await service.register({ raise: 'out of luck' })
  const refused = await workspace.cli(update(service, raising))
  t.is(refused.code, 3)
  t.regex(
    errorOf(refused),
    /its job batchjob-\S+ ended as Failed\. The deployment "v3-\w+" was refused; "v2-\w+" is the default as before\./,
  )
  t.regex(refused.stderr, /RuntimeError: out of luck/)
  t.like(refused.outputs, { outcome: 'refused', changed: false })

  // Every file fails, and the job completes, because the threshold allows it.
  const silent = await service.register({ badAfter: 0 })
  const empty = await workspace.cli(update(service, silent))
  t.is(empty.code, 3)
  t.regex(errorOf(empty), /completed, but not one file was scored\./)

  const still = await live('weekly')
  t.is(still.default, after.default)
  t.deepEqual(
    still.deployments.map(({ name }) => name),
    [String(after.default)],
  )
  t.deepEqual(unfinished(still.tags), [])
  t.is(still.tags['azureml-cd.refused'], `weekly:${silent}`)
})

test('a first version that fails its trial leaves nothing to be run', async (t) => {
  const service = await batchService('stillborn')
  const version = await service.register({ raise: 'never' })
  const run = await workspace.cli(deployment(service, version))
  t.is(run.code, 1)
  t.regex(errorOf(run), /was deleted; there was no other before it\./)
  const { deployments, tags, default: chosen } = await live('stillborn')
  t.deepEqual(deployments, [])
  t.is(chosen, undefined)
  t.deepEqual(unfinished(tags), [])
})

test('a run that was killed is finished by the next one', async (t) => {
  const service = await batchService('killed')
  await workspace.done(deployment(service, await service.register()))
  const { default: before } = await live('killed')
  const second = await service.register()
  // After its candidate is there and before the default is moved, and after the default is moved.
  for (const body of [/"InputData"/, undefined]) {
    const running = await workspace.run(update(service, second), {
      watcher: ({ request, response }) => {
        const moves = request.method === 'DELETE' && /deployments\/v1-/.test(request.url ?? '')
        const made = request.method === 'GET' && /deployments\/v2-/.test(request.url ?? '')
        if (body ? made : moves) {
          response.destroy()
          running.child.kill('SIGKILL')
        }
      },
    })
    const ended = await running.ended
    t.is(ended.signal, 'SIGKILL')
    t.true(unfinished((await live('killed')).tags).length > 0)
  }
  const done = await workspace.done(update(service, second))
  t.is(done.outputs.modelVersion, second)
  const after = await live('killed')
  t.not(after.default, before)
  t.deepEqual(
    after.deployments.map(({ name }) => name),
    [String(after.default)],
  )
  t.deepEqual(unfinished(after.tags), [])
})

test('what a batch service cannot do is refused with what to do instead', async (t) => {
  const service = await batchService('plain')
  const version = await service.register()
  await workspace.done(deployment(service, version))
  const on = (...args: readonly string[]) => [...args, '--service', 'plain', '--target', 'batch']
  const refused = async (args: readonly string[], message: RegExp) => {
    const run = await workspace.cli(args)
    t.is(run.code, 2, run.stderr)
    t.regex(errorOf(run), message)
  }
  const { requests } = service
  await refused(
    on('test', '--requests', requests),
    /^Error: The batch endpoint "plain" answers no single requests; it runs jobs\. invoke/,
  )
  await refused(on('logs'), /^Error: The batch endpoint "plain" has no log of its own; each of its jobs has one\./)
  await refused(on('keys', '--regenerate', 'primary'), /has no keys to replace: its authentication is aad-token\./)
  await refused(
    [...deployment(service, version), '--requests', requests],
    /^Error: --requests: a batch endpoint answers no single requests; --trial-input names/,
  )
  await refused([...deployment(service, version), '--compute', 'ghost'], /^Error: There is no compute "ghost"/)
  await refused(
    [...update(service, await service.register()), '--trial-input', 'azureml:ghost:1'],
    /^Error: There is no version "1" of the data "ghost"/,
  )

  t.is((await live('plain')).deployments.length, 1)

  const shown = await workspace.done(on('show'))
  t.like(shown.outputs, { state: 'Succeeded', models: [`plain:${version}`], authentication: 'aad-token' })
  t.like((await workspace.done(on('keys'))).outputs, { authentication: 'aad-token', changed: false })
  t.is((await workspace.cli(on('remove'))).code, 1)
  t.is((await workspace.cli(['remove', '--model', `plain:${version}`])).code, 1)
  t.like((await workspace.done(on('remove', '--force'))).outputs, { changed: true })
  t.like((await workspace.done(on('remove', '--force'))).outputs, { changed: false })
  t.is((await workspace.client.arm('GET', 'batchEndpoints/plain')).status, 404)
})

test('a dry run of a batch deployment sends nothing', async (t) => {
  const service = await batchService('planned')
  const version = await service.register()
  const dry = await workspace.done([...deployment(service, version), '--dry-run'])
  t.like(dry.outputs, { changed: false, state: 'planned' })
  t.deepEqual(
    workspace.requestsOf(dry).filter(({ method, path }) => method !== 'GET' && !/listSecrets/.test(path)),
    [],
  )
  t.is((await workspace.client.arm('GET', 'batchEndpoints/planned')).status, 404)
})
