import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test from 'ava'
import { kebabCase } from '../../core/index.ts'
import { loadAll } from '../../core/operations/index.ts'
import type { Emulator } from '../../emulator/index.ts'
import { fixedWorkspace } from '../actions/actionsUnderTest.ts'
import { bundledActions } from '../actions/bundledActions.ts'
import { runStep } from '../actions/runner.ts'
import { product, runProgram } from '../cli/commandLine.ts'
import { WorkspaceUnderTest } from '../core/operations/workspaceUnderTest.ts'
import { agentEnvironment, unusedConnection } from '../tasks/agentEnvironment.ts'
import { runTask } from '../tasks/runTask.ts'
import { unpackedExtension } from '../tasks/vsix/unpackedExtension.ts'

const operations = await loadAll()

type Inputs = Readonly<Record<string, string>>

/** What a host made of one operation. */
interface Performed {
  readonly failed: boolean
  /** By camelCase key; what is no text is in JSON. */
  readonly outputs: Readonly<Record<string, string>>
}

/** One host: it runs its own bundle as its own kind of process. Another host is one more entry of `runners`. */
interface Runner {
  readonly name: string
  readonly run: (operation: string, inputs: Inputs, emulator: Emulator) => Promise<Performed>
}

const address = ({ url, subscriptionId, resourceGroup, workspace }: Emulator): Inputs => ({
  ...{ cloud: url, subscriptionId, resourceGroup, workspace },
})

const trust = ({ caFile }: Emulator) => ({ NODE_EXTRA_CA_CERTS: caFile, NO_PROXY: '127.0.0.1,localhost' })

const runners: readonly Runner[] = [
  {
    name: 'command line',
    async run(operation, inputs, emulator) {
      const { tenantId, clientId, clientSecret } = emulator
      const flags = Object.entries({ ...address(emulator), ...inputs }).map(
        ([key, value]) => `--${kebabCase(key)}=${value}`,
      )
      const { code, stdout } = await runProgram(product, [operation, '--json', ...flags], {
        environment: {
          ...trust(emulator),
          ...{ AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret },
        },
      })
      if (stdout === '') return { failed: code !== 0, outputs: {} }
      const outputs: Inputs = Object.fromEntries(
        Object.entries<unknown>(JSON.parse(stdout)).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      )
      return { failed: code !== 0, outputs }
    },
  },
  {
    name: 'action',
    async run(operation, inputs, emulator) {
      const { tenantId, clientId, clientSecret } = emulator
      const all = { ...address(emulator), ...inputs, tenantId, clientId, clientSecret }
      const { code, outputs } = await runStep({
        program: [join(bundledActions, `${operation}.mjs`)],
        inputs: Object.fromEntries(Object.entries(all).map(([key, value]) => [kebabCase(key), value])),
        environment: trust(emulator),
        workspace: resolve('.'),
      })
      return {
        failed: code !== 0,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([name, value]) => [
            name.replaceAll(/-[a-z]/g, ([, letter = '']) => letter.toUpperCase()),
            value,
          ]),
        ),
      }
    },
  },
  {
    name: 'task',
    async run(operation, inputs, emulator) {
      const name = `AzureML${operation[0]?.toUpperCase()}${operation.slice(1)}`
      const { url, subscriptionId, resourceGroup, workspace, tenantId, clientId, clientSecret } = emulator
      const { code, result, outputs } = await runTask([join(unpackedExtension().folder, 'tasks', name, 'index.mjs')], {
        environment: (folder) =>
          agentEnvironment({
            folder,
            inputs: { subscriptionId, resourceGroup, workspace, ...inputs },
            connection: {
              ...{ id: unusedConnection.id, url: `${url}/`, scheme: 'ServicePrincipal' },
              parameters: { tenantid: tenantId, serviceprincipalid: clientId, serviceprincipalkey: clientSecret },
              data: { environment: 'AzureStack', scopeLevel: 'Subscription' },
            },
            variables: trust(emulator),
          }),
      })
      return { failed: code !== 0 || result !== 'Succeeded', outputs }
    },
  },
]

/** A service's life, each operation at least once; a run that is refused and one that fails are part of it. */
function scenarios(folder: string): readonly (readonly [operation: string, inputs: Inputs])[] {
  const diabetes = (file: string) => resolve('examples/diabetes', file)
  const requests = resolve('test/actions/patient.json')
  const version = (name: string): readonly [string, Inputs] => [
    'register',
    { name: 'diabetes', path: diabetes(`models/${name}`), tags: 'stage=ready, note=a=b' },
  ]
  const files = {
    inferenceConfig: diabetes('inferenceconfig.json'),
    deploymentConfig: diabetes('deploymentconfig.json'),
    ...{ requests, bakeSeconds: '0' },
  }
  return [
    version('v1'),
    version('v1'),
    ['package', { inferenceConfig: files.inferenceConfig, models: 'diabetes:1', folder: join(folder, 'context') }],
    ['deploy', { service: 'diabetes', model: 'diabetes:1', ...files }],
    ['deploy', { service: 'diabetes', model: 'diabetes:1', ...files }],
    ['test', { service: 'diabetes', requests }],
    ['show', { service: 'diabetes' }],
    ['logs', { service: 'diabetes', lines: '1' }],
    ['keys', { service: 'diabetes' }],
    // Profiling needs a Docker engine, which not every machine has; what is wrong with its inputs is told everywhere.
    ['profile', { image: 'diabetes:1', requests, cpus: 'none' }],
    // Jobs have names of their own; that there is none is told everywhere.
    ['invoke', { job: 'nothing' }],
    ['compute', { action: 'detach', name: 'nothing' }],
    version('v2'),
    ['watch', { models: 'diabetes', tags: 'stage=ready' }],
    ['update', { service: 'diabetes', requests, bakeSeconds: '0' }],
    version('v3'),
    ['update', { service: 'diabetes', model: 'diabetes:3', requests, bakeSeconds: '0' }],
    ['test', { service: 'diabetes', requests, deployment: 'nothing' }],
    ['download', { model: 'diabetes:2', folder: join(folder, 'model') }],
    ['remove', { service: 'diabetes' }],
    ['remove', { service: 'diabetes', force: 'true' }],
    ['remove', { model: 'diabetes:3' }],
  ]
}

/** Plays the whole life by one host against an emulator of its own. */
async function play(runner: Runner): Promise<readonly string[]> {
  const workspace = await WorkspaceUnderTest.start(fixedWorkspace)
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-parity-'))
  const { emulator } = workspace
  const asked: string[] = []
  const record = emulator.requests.watch.bind(emulator.requests)
  emulator.requests.watch = (request, response) => {
    record(request, response)
    const { method, url = '' } = request
    if (/^\/(subscriptions|endpoints)\//.test(url)) asked.push(`${method} ${url.replace(/\?.*$/, '')}`)
  }
  try {
    const story: string[] = []
    for (const [operation, inputs] of scenarios(folder)) {
      asked.length = 0
      const { failed, outputs } = await runner.run(operation, inputs, emulator)
      const requests = asked.filter((line, index) => line !== asked[index - 1])
      const told = [
        `${operation} ${failed ? 'failed' : 'done'}`,
        ...requests,
        ...Object.entries(outputs)
          // The command line prints no keys, and every service has its own.
          .filter(([key]) => !/^(primary|secondary)Key$/.test(key))
          .map(([key, value]) => `${key}=${value}`)
          .toSorted(),
      ]
      story.push(steady(told.join('\n'), [folder, new URL(emulator.url).host]))
    }
    return story
  } finally {
    await rm(folder, { recursive: true, force: true })
    await workspace.close()
  }
}

/** Without what is of one run. */
function steady(text: string, own: readonly string[]): string {
  return own
    .reduce((left, one) => left.replaceAll(one, 'OWN'), text)
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, 'GUID')
    .replaceAll(/"milliseconds":[\d.]+/g, '"milliseconds":N')
}

test('every operation asks the same of Azure and answers the same, whatever host it runs in', async (t) => {
  t.deepEqual(
    operations.map(({ name }) => name).filter((name) => !scenarios('').some(([operation]) => operation === name)),
    [],
    'Each operation has its part.',
  )
  const stories = await Promise.all(runners.map(async (runner) => ({ name: runner.name, story: await play(runner) })))
  const [first, ...others] = stories
  if (!first) throw new Error('There is no host.')
  const expected = first.story
  t.true(expected.some((part) => part.startsWith('update failed')))
  t.true(expected.some((part) => part.startsWith('remove done')))
  for (const { name, story } of others)
    for (const [index, part] of expected.entries()) t.is(story[index], part, `${name} beside ${first.name}`)
})
