import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ExecutionContext, TestFn } from 'ava'
import { exitCodes } from '../../actions/exitCodes.ts'
import { loadAll } from '../../core/operations/index.ts'
import { putBatchService } from '../emulator/deployable.ts'
import { ActionsUnderTest } from './actionsUnderTest.ts'
import type { StepRun } from './runner.ts'
import { pageOf, snapshot } from './snapshot.ts'

const operations = await loadAll()

const diabetes = 'examples/diabetes'

/** Registers tests that bring a version through its life by actions alone, run by the Node.js given. */
export function lifeByActions(test: TestFn, node: string): void {
  let actions: ActionsUnderTest
  test.before(async () => {
    actions = await ActionsUnderTest.start({}, node)
  })
  test.after.always(() => actions?.close())

  const performed = new Set<string>()

  /** Runs a step, holds its log, outputs, summary and requests to the snapshot of that title, and answers the run. */
  async function told(
    t: ExecutionContext,
    title: string,
    action: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<StepRun> {
    performed.add(action)
    const { emulator, client } = actions.workspace
    actions.arrived.length = 0
    const run = await actions.step(action, inputs, { workspace: resolve('.') })
    const replace = new Map([
      [client.workspace, '{workspace}'],
      [emulator.tenantId, 'TENANT'],
      [emulator.clientId, 'CLIENT'],
    ])
    snapshot(t, title.replaceAll(/[^a-z0-9]+/g, '-'), pageOf(title, run, { requests: actions.arrived, replace }))
    t.is(run.stderr, '')
    return run
  }

  const files = {
    'inference-config': join(diabetes, 'inferenceconfig.json'),
    'deployment-config': join(diabetes, 'deploymentconfig.json'),
    requests: 'test/actions/patient.json',
    'bake-seconds': '0',
  }

  // In the order of a service's life, each step on what the one before has left.
  test.serial('a model version goes through its life by actions alone', async (t) => {
    const done = async (...what: [string, string, Readonly<Record<string, string>>]) => {
      const run = await told(t, ...what)
      t.is(run.code, exitCodes.done, run.stdout)
      return run
    }
    const model = { name: 'diabetes', path: `${diabetes}/models/v1` }
    await done('register a model', 'register', { ...model, tags: 'stage=ready' })
    await done('register the same content again', 'register', model)
    await done('deploy a first version', 'deploy', { service: 'diabetes', model: 'diabetes:1', ...files })
    await done('deploy what is deployed', 'deploy', { service: 'diabetes', model: 'diabetes:1', ...files })
    await done('test a service', 'test', { service: 'diabetes', requests: files.requests })
    await done('show a service', 'show', { service: 'diabetes' })
    for (const [action, inputs] of [
      ['logs', { service: 'diabetes', lines: '1' }],
      ['keys', { service: 'diabetes' }],
      ['compute', { action: 'detach', name: 'nothing', 'dry-run': 'true' }],
    ] as const) {
      performed.add(action)
      const run = await actions.step(action, inputs)
      t.is(run.code, exitCodes.done, run.stdout)
    }
    await actions.workspace.done(['register', '--name', 'diabetes', '--path', resolve(diabetes, 'models/v2')])
    await done('watch for new versions', 'watch', { models: 'diabetes' })
    await done('update to the newest version', 'update', {
      ...{ service: 'diabetes', requests: files.requests, 'bake-seconds': '0' },
    })
    const { input } = await putBatchService(actions.workspace.client, 'nightly')
    const invoked = await actions.step('invoke', { service: 'nightly', input })
    performed.add('invoke')
    t.is(invoked.code, exitCodes.done, invoked.stdout)
    t.like(invoked.outputs, { state: 'Completed', deployment: 'first' })
    const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const downloaded = await actions.step('download', { model: 'diabetes:2', folder })
    performed.add('download')
    const context = join(folder, 'context')
    const packaged = await actions.step(
      'package',
      { models: 'diabetes:2', 'inference-config': files['inference-config'], folder: context },
      { workspace: resolve('.') },
    )
    performed.add('package')
    // It runs an image, for which not every machine has an engine; what is wrong with its inputs it says anywhere.
    const profiled = await actions.step('profile', {
      ...{ image: 'diabetes:1', requests: files.requests, folder: context, cpus: 'many' },
    })
    performed.add('profile')
    t.is(profiled.code, exitCodes['bad-input'], profiled.stdout)
    t.is(packaged.code, exitCodes.done, packaged.stdout)
    t.like(packaged.outputs, { changed: 'true', folder: context })
    t.is(downloaded.code, exitCodes.done, downloaded.stdout)
    t.like(downloaded.outputs, { 'model-version': '2', files: '1' })
  })

  test.serial('a version that answers wrongly is refused, and the step says so', async (t) => {
    await actions.workspace.done(['register', '--name', 'diabetes', '--path', resolve(diabetes, 'models/v3')])
    const run = await told(t, 'update to a version that answers wrongly', 'update', {
      ...{ service: 'diabetes', requests: files.requests, 'bake-seconds': '0' },
    })
    t.is(run.code, exitCodes.refused, run.stdout)
  })

  test.serial('everything that is wrong with a step is told at once', async (t) => {
    const run = await told(t, 'deploy with everything wrong', 'deploy', {
      ...{ 'subscription-id': 'mine', 'bake-seconds': 'long', 'client-id': '', model: '  ' },
    })
    t.is(run.code, exitCodes['bad-input'])
    t.deepEqual(actions.arrived, [])
  })

  test.serial('a fault in a file becomes an annotation at its line', async (t) => {
    const run = await told(t, 'deploy with a fault in a file', 'deploy', {
      ...{ service: 'diabetes', model: 'diabetes:1', ...files },
      'deployment-config': 'test/actions/faulty.json',
    })
    t.is(run.code, exitCodes['bad-input'])
    t.regex(run.stdout, /^::error file=test\/actions\/faulty\.json,line=3::/m)
  })

  test.serial('what is removed is gone, and every operation was performed', async (t) => {
    const run = await told(t, 'remove a service', 'remove', { service: 'diabetes', force: 'true' })
    t.is(run.code, exitCodes.done, run.stdout)
    t.deepEqual(
      operations.map(({ name }) => name).filter((name) => !performed.has(name)),
      [],
    )
  })
}
