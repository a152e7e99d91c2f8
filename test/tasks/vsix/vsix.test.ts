import { readFileSync, writeFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { putBatchService } from '../../emulator/deployable.ts'
import { node24, testWith } from '../../requirements.ts'
import { actionOf } from './actionsAsked.ts'
import { type JobRun, Jobs, type Scheme, schemes } from './jobs.ts'
import { matchesSnapshot, normalised } from './normalised.ts'
import { issuer, subject } from './tokenServers.ts'
import { unpackedExtension } from './unpackedExtension.ts'

const { folder, files } = unpackedExtension()
const tasks = [...new Set(files.flatMap((name) => /^tasks\/(\w+)\//.exec(name)?.[1] ?? []))]

/** One step after the other, as a release has them: each task, and each way to sign in at least once. */
const steps: readonly {
  readonly task: string
  readonly scheme: Scheme
  readonly inputs: Readonly<Record<string, string>>
  readonly snapshot: string | undefined
}[] = [
  {
    task: 'AzureMLRegister',
    scheme: 'federation',
    inputs: { name: 'diabetes', path: 'models/v1', tags: 'stage=ready', whenUnchanged: 'any-version', dryRun: 'false' },
    snapshot: 'register',
  },
  {
    task: 'AzureMLDeploy',
    scheme: 'secret',
    inputs: {
      ...{ service: 'diabetes-progression', model: 'diabetes' },
      ...{ inferenceConfig: '$(sources)/inferenceconfig.json', deploymentConfig: '$(sources)/deploymentconfig.json' },
      ...{ requests: '$(sources)/smoke.json', bakeSeconds: '0' },
    },
    snapshot: 'deploy',
  },
  {
    task: 'AzureMLTest',
    scheme: 'certificate',
    inputs: { service: 'diabetes-progression', requests: '$(sources)/smoke.json' },
    snapshot: 'test',
  },
  {
    task: 'AzureMLShow',
    scheme: 'federation',
    inputs: { service: 'diabetes-progression' },
    snapshot: 'show',
  },
  {
    task: 'AzureMLLogs',
    scheme: 'managed identity',
    inputs: { service: 'diabetes-progression', lines: '20', file: 'service.log' },
    // What a server logs is its machine's to say.
    snapshot: undefined,
  },
  {
    task: 'AzureMLInvoke',
    scheme: 'federation',
    inputs: {
      ...{ service: 'nightly', input: 'azureml://datastores/workspaceblobstore/paths/inputs/nightly' },
      ...{ inputType: 'auto', noWait: 'true' },
    },
    // Jobs have names of their own.
    snapshot: undefined,
  },
  { task: 'AzureMLKeys', scheme: 'secret', inputs: { service: 'diabetes-progression' }, snapshot: 'keys' },
  {
    task: 'AzureMLPackage',
    scheme: 'certificate',
    inputs: { inferenceConfig: '$(sources)/inferenceconfig.json', models: 'diabetes:1', folder: 'image' },
    snapshot: 'package',
  },
  {
    task: 'AzureMLKeys',
    scheme: 'federation',
    inputs: { service: 'diabetes-progression', regenerate: 'secondary' },
    snapshot: 'keys-regenerate',
  },
  ...(['create', 'detach', 'attach', 'delete'] as const).map((action) => ({
    task: 'AzureMLCompute',
    scheme: 'federation' as const,
    inputs: {
      ...{ action, name: 'serving' },
      ...(action === 'create' && { vmSize: 'Standard_D3_v2' }),
      ...(action === 'attach' && { resourceId: '$(group)/Microsoft.ContainerService/managedClusters/serving' }),
      ...((action === 'create' || action === 'attach') && { allowInsecure: 'true' }),
    },
    snapshot: `compute-${action}`,
  })),
  {
    task: 'AzureMLRegister',
    scheme: 'secret',
    inputs: { name: 'diabetes', path: 'models/v2' },
    snapshot: 'register-second',
  },
  { task: 'AzureMLWatch', scheme: 'managed identity', inputs: { followUp: 'none' }, snapshot: 'watch' },
  {
    task: 'AzureMLUpdate',
    scheme: 'federation',
    // The agent hands over the folder of the sources for a file that was not given.
    inputs: { service: 'diabetes-progression', model: 'diabetes:2', requests: '$(sources)', bakeSeconds: '0' },
    snapshot: 'update',
  },
  {
    task: 'AzureMLDownload',
    scheme: 'managed identity',
    inputs: { model: 'diabetes:2', folder: 'downloaded' },
    snapshot: 'download',
  },
  {
    task: 'AzureMLDownloadArtifact',
    scheme: 'secret',
    inputs: { workspace: '', definition: 'diabetes', version: '1', downloadPath: '_model' },
    snapshot: 'download-artifact',
  },
  {
    task: 'AzureMLRemove',
    scheme: 'certificate',
    inputs: { service: 'diabetes-progression', force: 'true' },
    snapshot: 'remove',
  },
  { task: 'AzureMLRemove', scheme: 'secret', inputs: { model: 'diabetes:2' }, snapshot: 'remove-model' },
]

const roles = 'docs/azure-devops/roles.json'

async function runAll(t: ExecutionContext, node?: string): Promise<void> {
  t.timeout(240_000)
  const asked: Record<string, readonly string[]> = {}
  const jobs = await Jobs.start({ extension: folder })
  t.teardown(() => jobs.close())
  await putBatchService(jobs.client, 'nightly')
  for (const { task, scheme, inputs, snapshot } of steps) {
    const workspaceId = jobs.client.workspace
    const run = await jobs.run(task, {
      scheme,
      inputs: inputs.workspace === '' ? { ...inputs, workspace: workspaceId } : inputs,
      ...(node && { node }),
    })
    t.is(run.result, 'Succeeded', `${task}: ${run.stdout}${run.stderr}`)
    t.is(run.code, 0)
    if (snapshot !== undefined) matchesSnapshot(t, snapshot, normalised(run, jobs.names(run)))
    assertNothingLeaks(t, run, jobs)
    const actions = [...(asked[task] ?? []), ...run.requests.flatMap((request) => actionOf(request) ?? [])]
    asked[task] = [...new Set(actions)].toSorted()
  }
  // Profiling needs a Docker engine; packaging starts its program, as it does every task's.
  const others = tasks.filter((task) => task !== 'AzureMLProfile')
  t.deepEqual(Object.keys(asked).toSorted(), others.toSorted(), 'No other task is left out.')
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(roles, `${JSON.stringify(asked, undefined, 2)}\n`)
  t.deepEqual(asked, JSON.parse(readFileSync(roles, 'utf8')), `${roles} tells which roles a task needs.`)
}

function assertNothingLeaks(t: ExecutionContext, run: JobRun, jobs: Jobs): void {
  const withoutMasks = run.stdout
    .split('\n')
    .filter((line) => !/^##vso\[task\.(setsecret|setvariable \S*issecret=true;)\]/.test(line))
  const secrets = [jobs.emulator.clientSecret, ...run.masked]
  for (const secret of secrets) t.false([...withoutMasks, run.stderr, run.summary].join('\n').includes(secret))
}

test('every task of the unpacked extension does its work with what an agent hands over, on Node.js 20', async (t) => {
  await runAll(t)
})

testWith('Node.js 24')('every task of the unpacked extension prints and asks the same on Node.js 24', async (t) => {
  await runAll(t, node24)
})

for (const scheme of schemes)
  test(`a connection by ${scheme} signs in, with no more than the agent's variables`, async (t) => {
    const jobs = await Jobs.start({ extension: folder, blobs: false })
    t.teardown(() => jobs.close())
    const run = await jobs.run('AzureMLWatch', { scheme, inputs: {} })
    t.is(run.result, 'Succeeded', run.stdout + run.stderr)
    t.deepEqual(run.outputs, { count: '0', changed: 'false', found: '[]' })
    t.deepEqual(jobs.oidc.refused, [])
    t.is(jobs.oidc.given.length > 0, scheme === 'federation')
    t.is(jobs.metadata.asked.length > 0, scheme === 'managed identity')
    assertNothingLeaks(t, run, jobs)
  })

test('the assertion of a federated connection is asked for again as tokens run out', async (t) => {
  const jobs = await Jobs.start({ extension: folder, tokenLifetimeSeconds: 20 })
  t.teardown(() => jobs.close())
  const run = await jobs.run('AzureMLRegister', {
    scheme: 'federation',
    inputs: { name: 'diabetes', path: 'models/v1' },
  })
  t.is(run.result, 'Succeeded', run.stdout + run.stderr)
  t.true(jobs.oidc.given.length > 1, `${jobs.oidc.given.length} assertions`)
  t.is(new Set(jobs.oidc.given).size, jobs.oidc.given.length)
})

test('a refused federation names the issuer and the subject to trust', async (t) => {
  const jobs = await Jobs.start({ extension: folder, blobs: false, trusted: 'sc://contoso/Other/connection' })
  t.teardown(() => jobs.close())
  const run = await jobs.run('AzureMLWatch', { scheme: 'federation', inputs: {} })
  t.is(run.result, 'Failed')
  const [issue] = run.issues
  for (const part of ['AADSTS700213', issuer, subject, 'api://AzureADTokenExchange', jobs.emulator.clientId])
    t.true(issue?.message.includes(part), `${part} in: ${issue?.message}`)
  assertNothingLeaks(t, run, jobs)
})

test('a connection that Azure refuses says so in one error, and nothing was changed', async (t) => {
  const jobs = await Jobs.start({ extension: folder, blobs: false })
  t.teardown(() => jobs.close())
  const connection = jobs.connection('secret')
  const run = await jobs.run('AzureMLWatch', {
    scheme: 'secret',
    connection: { ...connection, parameters: { ...connection.parameters, serviceprincipalkey: 'a-wrong-one' } },
    inputs: {},
  })
  t.is(run.result, 'Failed')
  t.is(run.issues.length, 1)
  t.regex(run.issues[0]?.message ?? '', /AADSTS7000215/)
  const federated = await jobs.run('AzureMLWatch', {
    scheme: 'federation',
    inputs: {},
    variables: { 'System.OidcRequestUri': '' },
  })
  t.regex(federated.issues[0]?.message ?? '', /does not know where tokens .* are had\. Use an agent from/)
})

test('a cancelled update leaves a rollout that the next run takes up and finishes', async (t) => {
  t.timeout(120_000)
  const jobs = await Jobs.start({ extension: folder })
  t.teardown(() => jobs.close())
  const service = { service: 'diabetes-progression' }
  for (const [index, version] of ['v1', 'v2'].entries()) {
    await jobs.run('AzureMLRegister', { scheme: 'secret', inputs: { name: 'diabetes', path: `models/${version}` } })
    if (index > 0) continue
    const inputs = {
      ...service,
      model: 'diabetes:1',
      inferenceConfig: '$(sources)/inferenceconfig.json',
      bakeSeconds: '0',
    }
    t.is((await jobs.run('AzureMLDeploy', { scheme: 'secret', inputs })).result, 'Succeeded')
  }
  const cancelled = await jobs.run('AzureMLUpdate', {
    scheme: 'secret',
    inputs: { ...service, model: 'diabetes:2', bakeSeconds: '600' },
    whenPrinted: (printed, child) => {
      if (printed.includes('Traffic of ')) child.kill('SIGINT')
    },
  })
  t.is(cancelled.result, 'Failed')
  t.is(cancelled.issues.at(-1)?.message, 'Stopped by SIGINT.')
  const resumed = await jobs.run('AzureMLUpdate', {
    scheme: 'secret',
    inputs: { ...service, model: 'diabetes:2', bakeSeconds: '0' },
  })
  t.is(resumed.result, 'Succeeded', resumed.stdout)
  t.like(resumed.outputs, { outcome: 'promoted', modelVersion: '2' })
})
