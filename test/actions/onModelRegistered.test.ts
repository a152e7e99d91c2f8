import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { exitCodes } from '../../actions/exitCodes.ts'
import { bundledActions } from './bundledActions.ts'
import { runStep } from './runner.ts'

const subscription = '00000000-0000-4000-8000-000000000001'
const topic = `/subscriptions/${subscription}/resourceGroups/models/providers/Microsoft.MachineLearningServices/workspaces/ml-production`
const event = {
  ...{ id: 'one', topic, eventType: 'Microsoft.MachineLearningServices.ModelRegistered' },
  data: { ModelName: 'risk-eu', ModelVersion: 7, ModelTags: { stage: 'ready' }, ModelProperties: {} },
}

/** Runs the action in a job that was started by this. */
async function receive(
  inputs: Readonly<Record<string, string>>,
  { name = 'repository_dispatch', payload = event as unknown } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-event-'))
  try {
    const path = join(folder, 'event.json')
    await writeFile(path, JSON.stringify({ action: 'model-registered', client_payload: payload }))
    return await runStep({
      program: [join(bundledActions, 'on-model-registered.mjs')],
      inputs,
      environment: { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path },
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('the model of an event comes out as typed outputs, without signing in', async (t) => {
  const run = await receive({ models: 'risk-*', tags: 'stage=ready', workspace: 'ML-production' })
  t.is(run.code, exitCodes.done, run.stdout)
  t.deepEqual(run.outputs, {
    ...{
      matched: 'true',
      model: 'risk-eu:7',
      'model-name': 'risk-eu',
      'model-version': '7',
      tags: '{"stage":"ready"}',
    },
    ...{ 'event-id': 'one', 'subscription-id': subscription, 'resource-group': 'models', workspace: 'ml-production' },
  })
})

test('a model that the workflow is not about is no failure', async (t) => {
  for (const inputs of [{ models: '!risk-*' }, { models: 'other' }, { tags: 'stage=draft' }]) {
    const { code, outputs } = await receive(inputs)
    t.is(code, exitCodes.done)
    t.is(outputs.matched, 'false')
  }
})

test('an event of another workspace, of another kind, or none at all, ends the step', async (t) => {
  for (const [run, message] of [
    [await receive({ workspace: 'elsewhere' }), /The event is of the workspace .* expects the workspace elsewhere\./],
    [await receive({ 'subscription-id': subscription.replace('1', '2') }), /expects the subscription/],
    [await receive({}, { name: 'push' }), /started by push, not by repository_dispatch/],
    [
      await receive({}, { payload: { data: { ModelName: '$(id)', ModelVersion: 1 } } }),
      /has the model name .* which is none/,
    ],
    [await receive({ payload: '{' }), /payload is not JSON/],
  ] as const) {
    t.is(run.code, exitCodes['bad-input'])
    t.regex(run.stdout, message)
    t.deepEqual(run.outputs, {})
  }
})

test('what the old function passes on says no workspace, and that is told', async (t) => {
  const payload = { data: event.data }
  const run = await receive({ workspace: 'ml-production' }, { payload })
  t.is(run.code, exitCodes.done)
  t.regex(run.stdout, /^::warning::The event does not say which workspace it is of/m)
  t.is(run.outputs.model, 'risk-eu:7')
})
