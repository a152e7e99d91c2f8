import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { version } from '../../../core/index.ts'
import { node24, testWith } from '../../requirements.ts'
import { actionOf } from './actionsAsked.ts'
import { type JobRun, Jobs, type Scheme, schemes } from './jobs.ts'
import { matchesSnapshot, normalised } from './normalised.ts'
import { issuer, subject } from './tokenServers.ts'
import { unpackedExtension } from './unpackedExtension.ts'

const extension = unpackedExtension()
const { folder, files } = extension
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
  { task: 'AzureMLKeys', scheme: 'secret', inputs: { service: 'diabetes-progression' }, snapshot: 'keys' },
  {
    task: 'AzureMLPackage',
    scheme: 'certificate',
    inputs: { inferenceConfig: '$(sources)/inferenceconfig.json', models: 'diabetes:1', folder: 'image' },
    snapshot: 'package',
  },
  {
    task: 'AzureMLCompute',
    scheme: 'federation',
    inputs: { action: 'detach', name: 'cluster', dryRun: 'true' },
    snapshot: 'compute',
  },
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
]

const roles = 'docs/azure-devops/roles.json'

async function runAll(t: ExecutionContext, node?: string): Promise<void> {
  t.timeout(240_000)
  const asked: Record<string, readonly string[]> = {}
  const jobs = await Jobs.start({ extension: folder })
  t.teardown(() => jobs.close())
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
    const jobs = await Jobs.start({ extension: folder })
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
  const jobs = await Jobs.start({ extension: folder, trusted: 'sc://contoso/Other/connection' })
  t.teardown(() => jobs.close())
  const run = await jobs.run('AzureMLWatch', { scheme: 'federation', inputs: {} })
  t.is(run.result, 'Failed')
  const [issue] = run.issues
  for (const part of ['AADSTS700213', issuer, subject, 'api://AzureADTokenExchange', jobs.emulator.clientId])
    t.true(issue?.message.includes(part), `${part} in: ${issue?.message}`)
  assertNothingLeaks(t, run, jobs)
})

test('a connection that Azure refuses says so in one error, and nothing was changed', async (t) => {
  const jobs = await Jobs.start({ extension: folder })
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

test('the extension holds what it must, and nothing of the tests, the maps or the secrets of this machine', (t) => {
  for (const name of [
    'extension.vsixmanifest',
    'extension.vsomanifest',
    'overview.md',
    'LICENSE.txt',
    'ThirdPartyNotices.txt',
  ])
    t.true(files.includes(name), name)
  t.deepEqual(
    files.filter((name) => /test|\.map$|\.env|\.pem$|node_modules|\.ts$/.test(name)),
    [
      'tasks/AzureMLTest/icon.png',
      'tasks/AzureMLTest/index.mjs',
      'tasks/AzureMLTest/lib.json',
      'tasks/AzureMLTest/task.json',
      ...files.filter((name) => name.startsWith('tasks/AzureMLTest/late/')),
    ].filter((name) => files.includes(name) && /test/.test(name)),
  )
  const manifest = z
    .object({
      contributions: z.array(
        z.object({ id: z.string(), type: z.string(), properties: z.looseObject({ name: z.string() }) }),
      ),
    })
    .parse(JSON.parse(readFileSync(join(folder, 'extension.vsomanifest'), 'utf8')))
  const tasks = manifest.contributions.filter(({ type }) => type === 'ms.vss-distributed-task.task')
  for (const { properties } of tasks)
    for (const name of ['task.json', 'icon.png', 'index.mjs', 'lib.json'])
      t.true(existsSync(join(folder, properties.name, name)), `${properties.name}/${name}`)
  t.is(tasks.length, files.filter((name) => /^tasks\/\w+\/task\.json$/.test(name)).length)
  t.regex(readFileSync(join(folder, 'extension.vsixmanifest'), 'utf8'), new RegExp(`Version="${version}"`))
  const notices = readFileSync(join(folder, 'ThirdPartyNotices.txt'), 'utf8')
  for (const name of ['@azure/identity', 'azure-pipelines-task-lib', 'zod'])
    t.true(notices.includes(`\n${name}@`), name)
  const sources = files.filter((name) => name.endsWith('.mjs')).map((name) => readFileSync(join(folder, name), 'utf8'))
  t.false(
    sources.some((text) => text.includes(process.cwd())),
    'No path of this machine.',
  )
})

test('beside the extension lies the list of the packages that are in it, each with its version', (t) => {
  const sbom = z
    .object({
      bomFormat: z.literal('CycloneDX'),
      components: z.array(z.object({ name: z.string(), version: z.string(), purl: z.string() })),
    })
    .parse(JSON.parse(readFileSync(extension.vsix.replace(/\.vsix$/, '.cdx.json'), 'utf8')))
  const names = sbom.components.map(({ name }) => name)
  for (const name of ['@azure/identity', 'azure-pipelines-task-lib', 'zod']) t.true(names.includes(name), name)
  const notices = readFileSync(join(folder, 'ThirdPartyNotices.txt'), 'utf8')
  for (const { name, version: own, purl } of sbom.components) {
    t.true(notices.includes(`\n${name}@${own}\n`), `${name} has no licence in the notices`)
    t.is(purl, `pkg:npm/${name.replace('@', '%40')}@${own}`)
  }
  t.false(
    names.some((name) => /^(ava|esbuild|typescript|tfx-cli|azurite)$/.test(name)),
    'Nothing of the workshop.',
  )
})

test('a task has at most 6 MB, loads at most 2.2 MB of them at once, and the extension has at most 25 MB', (t) => {
  const size = (name: string): number => statSync(join(folder, name)).size
  for (const task of tasks) {
    const own = files.filter((name) => name.startsWith(`tasks/${task}/`))
    const payload = own.reduce((sum, name) => sum + size(name), 0)
    t.true(payload <= 6e6, `${task}: ${payload} bytes`)
    const atOnce = new Set<string>()
    const visit = (name: string): void => {
      if (atOnce.has(name)) return
      atOnce.add(name)
      const text = readFileSync(join(folder, name), 'utf8')
      for (const [, other = ''] of text.matchAll(/^(?:import|export)[^'"]*?["'](\.{1,2}\/[^'"]+)["'];?$/gm))
        visit(join(name, '..', other).replaceAll('\\', '/'))
    }
    visit(`tasks/${task}/index.mjs`)
    // Loaded by every task, though late.
    for (const name of own) if (/\/host-\w+\.mjs$/.test(name)) visit(name)
    const eager = [...atOnce].reduce((sum, name) => sum + size(name), 0)
    t.log(`${task}: ${(payload / 1e6).toFixed(2)} MB, ${(eager / 1e6).toFixed(2)} MB at once`)
    t.true(eager <= 2.2e6, `${task}: ${eager} bytes at once`)
  }
  const vsix = statSync(extension.vsix).size
  t.log(`VSIX: ${(vsix / 1e6).toFixed(2)} MB`)
  t.true(vsix <= 25e6, `${vsix} bytes`)
})

test('the development extension stands beside the other: every id and every name is another', (t) => {
  const development = unpackedExtension('--development')
  const of = (root: string, names: readonly string[]) =>
    names
      .filter((name) => /\/task\.json$/.test(name))
      .map((name) =>
        z
          .object({ id: z.string(), name: z.string(), friendlyName: z.string().max(40) })
          .parse(JSON.parse(readFileSync(join(root, name), 'utf8'))),
      )
  const [production, other] = [of(folder, files), of(development.folder, development.files)]
  t.is(production.length, other.length)
  t.is(new Set([...production, ...other].map(({ id }) => id)).size, 2 * production.length)
  t.is(new Set([...production, ...other].map(({ name }) => name)).size, 2 * production.length)
  t.regex(readFileSync(join(development.folder, 'extension.vsixmanifest'), 'utf8'), /Id="azureml-cd-dev"/)
})
