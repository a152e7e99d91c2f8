import test from 'ava'
import { type Outcome, plainText } from '../../core/index.ts'
import { hostContract, type Line } from '../hosts/contract.ts'
import { address } from '../hosts/fixtureOperations.ts'
import { hostile, obeyed } from '../hosts/hostile.ts'
import { agentEnvironment, jobToken, type ServiceConnection, unusedConnection } from './agentEnvironment.ts'
import { fixtureTask } from './fixtureTask.ts'
import { runTask, type TaskRun } from './runTask.ts'

const program = fixtureTask()

async function runFixture(options: {
  readonly operation: string
  readonly inputs: Readonly<Record<string, string>>
  readonly connection?: ServiceConnection | undefined
  readonly variables?: Readonly<Record<string, string>>
  readonly secretVariables?: Readonly<Record<string, string>>
  readonly cancelAt?: string | undefined
  readonly signal?: NodeJS.Signals
}): Promise<TaskRun> {
  const { operation, cancelAt, signal = 'SIGTERM', connection = unusedConnection, ...job } = options
  let cancelled = false
  return runTask([await program, operation], {
    environment: (folder) => agentEnvironment({ folder, connection, ...job }),
    whenPrinted(printed, child) {
      if (cancelAt && !cancelled && printed.includes(`${cancelAt}\n`)) cancelled = child.kill(signal)
    },
  })
}

hostContract({
  name: 'Azure Pipelines task',
  spelling: (key) => key,
  async run(t, { operation, inputs, cancelAt }) {
    const run = await runFixture({ operation, inputs, cancelAt })
    t.is(run.stderr, '')
    t.is(run.code, 0, 'The result is told by a command, not by an exit code.')
    // A line that came through raw would be one more than the operation told of.
    if (operation === 'repeat')
      for (const kind of ['error', 'warning'])
        t.is(run.lines.filter((line) => line.kind === kind).length, plainText(hostile.join('\n')).split('\n').length)
    return {
      outcome: outcomeOf(run),
      lines: [...run.lines, ...run.summary.split('\n').map((text): Line => ({ kind: 'info', text, depth: 0 }))],
      outputs: run.outputs,
      // Masks are made of what is masked, and nobody but the agent sees them.
      printed: `${run.shown}\n${run.summary}`,
    }
  },
})

function outcomeOf({ result, message }: TaskRun): Outcome['kind'] {
  if (result === 'Succeeded' || result === 'SucceededWithIssues') return 'done'
  if (result !== 'Failed') throw new Error(`"${result}" is no result of a task here.`)
  return message.startsWith('Bad input') ? 'bad-input' : message.startsWith('Refused') ? 'refused' : 'failed'
}

test('every secret is given to the agent before the line in which it might be printed', async (t) => {
  const apiKey = 'p@ss "word"/+=\\?'
  const certificate = ['-----BEGIN KEY-----', 'MIIEvQIBADAN+Bg/kq', 'Nw0BAQEFAASC==', '-----END KEY-----']
  const run = await runFixture({ operation: 'leak', inputs: { ...address, apiKey, found: certificate.join('\\n') } })
  t.deepEqual([...new Set(run.masked)], [jobToken, 'principal-key-0f-tests', apiKey, ...certificate])
  const withoutMasks = run.stdout.split('\n').filter((line) => !line.startsWith('##vso[task.setsecret]'))
  for (const secret of run.masked) t.false(withoutMasks.join('\n').includes(secret), secret)
  t.is(obeyed(run.shown), undefined)
})

test('what the agent itself must not obey is nowhere but in the commands of the task', async (t) => {
  const run = await runFixture({ operation: 'repeat', inputs: address })
  t.deepEqual(Object.keys(run.outputs), ['answer'])
  t.is(run.result, 'SucceededWithIssues')
  t.is(obeyed(run.shown), undefined)
  const commands = run.stdout.split('\n').flatMap((line) => /^##vso\[([\w.]+)/.exec(line)?.[1] ?? [])
  t.deepEqual(
    [...new Set(commands)].toSorted(),
    [
      ...['task.complete', 'task.debug', 'task.logissue', 'task.setprogress', 'task.setsecret', 'task.setvariable'],
      'task.uploadsummary',
    ].toSorted(),
  )
})

test('ten errors and ten warnings at most go to the page of the run, each once, and the last error always', async (t) => {
  const repeated = await runFixture({ operation: 'repeat', inputs: address })
  const count = ({ issues }: TaskRun, type: string) => issues.filter((issue) => issue.type === type).length
  t.is(count(repeated, 'warning'), 10)
  t.is(count(repeated, 'error'), 9)
  const leaked = await runFixture({
    operation: 'leak',
    inputs: { ...address, apiKey: 'some-api-key', found: 'some-found-secret' },
  })
  t.is(new Set(leaked.issues.map(({ type, message }) => type + message)).size, leaked.issues.length)
  t.regex(leaked.issues.at(-1)?.message ?? '', /^thrown \*\*\* \*\*\*/)
})

test('a run that went well but had an error to tell of succeeded with issues', async (t) => {
  t.is((await runFixture({ operation: 'talk', inputs: address })).result, 'SucceededWithIssues')
  t.is((await runFixture({ operation: 'echo', inputs: { ...address, modelName: 'ridge' } })).result, 'Succeeded')
})

test('each run attaches one summary under a name of its own', async (t) => {
  const runs = [
    await runFixture({ operation: 'talk', inputs: address }),
    await runFixture({ operation: 'talk', inputs: address }),
  ]
  for (const run of runs) {
    t.is(run.summaries.length, 1)
    t.regex(run.summaryName, /^azureml-talk-[0-9a-f-]{36}\.md$/)
    t.is(run.summary, '### Talked\n\n| what | how |\n|---|---|\n| all | well |\n\n')
  }
  t.not(runs[0]?.summaryName, runs[1]?.summaryName)
})

test('what the service connection knows stands in for inputs that are not given', async (t) => {
  const connection: ServiceConnection = {
    ...unusedConnection,
    data: {
      environment: 'AzureCloud',
      scopeLevel: 'AzureMLWorkspace',
      subscriptionId: address.subscriptionId,
      resourceGroupName: 'of-the-connection',
      mlWorkspaceName: 'w-of-connection',
      mlWorkspaceLocation: 'westeurope',
    },
  }
  const run = await runFixture({ operation: 'where', connection, inputs: {} })
  t.deepEqual(run.outputs, {
    subscriptionId: address.subscriptionId,
    resourceGroup: 'of-the-connection',
    workspace: 'w-of-connection',
    cloud: 'public',
  })
  const given = await runFixture({
    operation: 'where',
    connection,
    inputs: { resourceGroup: 'mine', workspace: 'w2-mine' },
  })
  t.like(given.outputs, { resourceGroup: 'mine', workspace: 'w2-mine' })
  // Of another scope it knows the subscription only, whatever else is left over in it.
  const subscription = { ...connection, data: { ...connection.data, scopeLevel: 'Subscription' } }
  const less = await runFixture({ operation: 'where', connection: subscription, inputs: {} })
  t.is(outcomeOf(less), 'bad-input')
  t.regex(less.issues[0]?.message ?? '', /resourceGroup is required(.|\n)*workspace is required/)
})

for (const [url, cloud] of [
  ['https://management.azure.com/', 'public'],
  ['https://management.usgovcloudapi.net/', 'usgovernment'],
  ['https://management.chinacloudapi.cn', 'china'],
  ['https://management.local.azurestack.external/', 'https://management.local.azurestack.external'],
] as const)
  test(`a connection to ${url} works in that cloud`, async (t) => {
    const run = await runFixture({ operation: 'where', connection: { ...unusedConnection, url }, inputs: address })
    t.is(run.outputs.cloud, cloud)
  })

test('a connection that cannot sign in is bad input, told in one sentence', async (t) => {
  const cases: readonly (readonly [ServiceConnection, RegExp])[] = [
    [{ ...unusedConnection, scheme: 'PublishProfile' }, /signs in by "PublishProfile", which does not reach Azure/],
    [{ ...unusedConnection, parameters: { tenantid: 'tenant' } }, /has no "serviceprincipalid"\.$/],
    [{ ...unusedConnection, url: '' }, /is not there for this job\. Check its name/],
    [{ ...unusedConnection, url: 'nowhere' }, /has "nowhere" for an address\.$/],
  ]
  for (const [connection, expected] of cases) {
    const run = await runFixture({ operation: 'where', connection, inputs: address })
    t.is(outcomeOf(run), 'bad-input')
    t.deepEqual(
      run.issues.map(({ message }) => expected.test(message)),
      [true],
      JSON.stringify(run.issues),
    )
  }
})

test("the agent's proxy is the one of Azure's libraries too, its password masked", async (t) => {
  const run = await runFixture({
    operation: 'where',
    inputs: address,
    variables: {
      'Agent.ProxyUrl': 'http://proxy.contoso.com:3128',
      'Agent.ProxyUsername': 'agent@contoso',
      'Agent.ProxyBypassList': JSON.stringify(['.*\\.contoso\\.com$', 'registry\\.local', '^(a|b)$']),
    },
    secretVariables: { 'Agent.ProxyPassword': 'pr0xy:p@ssword' },
  })
  t.true(run.masked.includes('pr0xy:p@ssword'))
  t.true(run.shown.includes('HTTPS_PROXY=http://agent%40contoso:***@proxy.contoso.com:3128/'), run.shown)
  t.true(run.shown.includes('NO_PROXY=127.0.0.1,localhost,169.254.169.254,.contoso.com,registry.local'))
  t.true(run.shown.includes('no host names and do not count here: ^(a|b)$'))
})

test('SIGINT, which the agent sends first, tidies up as SIGTERM does, also where the agent has an authority of its own', async (t) => {
  for (const variables of [{}, { 'Agent.CAInfo': '/etc/hosts' }]) {
    const run = await runFixture({
      operation: 'wait',
      inputs: address,
      variables,
      cancelAt: 'waiting',
      signal: 'SIGINT',
    })
    t.is(run.result, 'Failed')
    t.true(run.shown.includes('tidied up'))
    t.is(run.issues.at(-1)?.message, 'Stopped by SIGINT.')
  }
})

test('inputs and secrets of the job do not reach processes that a task starts', async (t) => {
  const run = await runFixture({ operation: 'where', inputs: { ...address, apiVersion: '2026-05-01' } })
  t.true(run.shown.includes('left in the environment: none'), run.shown)
})

test('provenance is the run of the pipeline, or the release, without credentials in its addresses', async (t) => {
  const build = await runFixture({ operation: 'where', inputs: address })
  t.true(
    build.shown.includes(
      'provenance: {"repository":"https://dev.azure.com/contoso/Models/_git/models","commit":"0123456789abcdef0123456789abcdef01234567","runUrl":"https://dev.azure.com/contoso/Models%20in%20production/_build/results?buildId=4711","actor":"Ada Lovelace"}',
    ),
    build.shown,
  )
  const release = await runFixture({
    operation: 'where',
    inputs: address,
    variables: {
      'Release.ReleaseWebUrl': 'https://dev.azure.com/contoso/_release?releaseId=9',
      'Release.RequestedFor': 'Grace',
    },
  })
  t.true(release.shown.includes('"runUrl":"https://dev.azure.com/contoso/_release?releaseId=9","actor":"Grace"'))
})
