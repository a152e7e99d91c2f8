import { resolve } from 'node:path'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import { until } from '../emulator/until.ts'
import { registerOfficially } from '../endToEnd/registerOfficially.ts'
import { subscribedRelay } from '../endToEnd/subscribedRelay.ts'
import { FakeGitHub } from '../fakes/github/fakeGitHub.ts'
import { testWith } from '../requirements.ts'
import { type WorkflowRun, WorkflowRuns } from './act/workflowRuns.ts'
import { ActionsUnderTest } from './actionsUnderTest.ts'

const service = 'diabetes-progression'
let actions: ActionsUnderTest
let workflows: WorkflowRuns
const act = testWith('act with azure-ai-ml')
act.before(async (t) => {
  t.timeout(60_000)
  actions = await ActionsUnderTest.start({ eventRetrySeconds: [0.2] })
  workflows = await WorkflowRuns.prepare(actions)
})
test.after.always(() => actions?.close())

const served = async (name = service) => Object.keys((await actions.workspace.service(name)).traffic).join()
const succeeded = (t: ExecutionContext, run: WorkflowRun) => t.is(run.code, 0, run.printed)

/** GitHub's side of a dispatch; what it would run, act runs. */
async function gitHub(t: ExecutionContext): Promise<FakeGitHub> {
  const github = new FakeGitHub({
    repository: 'contoso/models',
    tokens: { github_pat_of_a_test: { contents: 'write', actions: 'read' } },
    workflows: {
      'deploy-on-model-event.yml': {
        event: 'repository_dispatch',
        takes: ['model-registered', 'machinelearningservices-modelregistered'],
        runName: ({ id }) => `Model registered ${String(id)}`,
      },
    },
  })
  await github.server.start()
  t.teardown(() => github.server.close())
  return github
}

act.serial(
  'a registered model reaches its service: Event Grid, relay, repository dispatch, workflow; a bad version does not',
  async (t) => {
    t.timeout(240_000)
    const { emulator, client } = actions.workspace
    const github = await gitHub(t)
    const relay = await subscribedRelay(t, {
      ...{ emulator, client, model: 'diabetes' },
      destination: {
        ...{ kind: 'github-dispatch', repository: 'contoso/models', api: github.server.url, runNameHoldsKey: true },
        auth: { token: { fromEnvironment: 'GITHUB_TOKEN' } },
      },
      environment: { GITHUB_TOKEN: 'github_pat_of_a_test' },
    })
    /** Runs what the relay has had GitHub start for this version, with exactly the payload that it sent. */
    const dispatched = async (version: number) => {
      await until(() => github.runs.length >= version)
      const run = github.runs[version - 1]
      t.like(run?.given, { subject: `models/diabetes:${version}`, rule: 'to-production' })
      return workflows.dispatch('deploy-on-model-event', run?.given)
    }

    succeeded(t, await workflows.start('train-and-register'))
    succeeded(t, await dispatched(1))
    t.regex(await served(), /^v1-[^,]*$/)

    const path = resolve('examples/diabetes/models/v2')
    t.is(await registerOfficially(emulator, { name: 'diabetes', path, tags: { stage: 'ready' } }), '2')
    succeeded(t, await dispatched(2))
    t.regex(await served(), /^v2-[^,]*$/)

    await workflows.train('v3')
    succeeded(t, await workflows.start('train-and-register'))
    const refused = await dispatched(3)
    t.not(refused.code, 0)
    t.regex(refused.printed, /did not pass the test request "a patient"/)
    t.regex(await served(), /^v2-[^,]*$/, 'What served before serves again, alone.')
    succeeded(t, await workflows.start('watch'))
    t.regex(await served(), /^v2-[^,]*$/, 'A version that was refused is not tried again.')
    t.deepEqual(
      github.runs.map(({ title }) => title),
      github.runs.map(({ given }) => `Model registered ${String(given.id)}`),
      'Each version was dispatched once.',
    )
    t.is(github.runs.length, 3)
    t.false(relay.log().includes('github_pat_of_a_test'))
  },
)

act.serial('a version is promoted through environments by the reusable workflow', async (t) => {
  t.timeout(120_000)
  succeeded(t, await workflows.start('promote', { model: 'diabetes:1' }))
  t.regex(await served(), /^v1-[^,]*$/)
})

act.serial('of many models each goes its way: one that is refused does not keep the others from theirs', async (t) => {
  t.timeout(120_000)
  const { workspace } = actions
  const others = ['risk-eu', 'risk-us']
  for (const name of others) {
    await workspace.done(['register', '--name', name, '--path', resolve('examples/diabetes/models/v1')])
    await workspace.done(workspace.deployment(name, `${name}:1`))
    await workspace.done(['register', '--name', name, '--path', resolve('examples/diabetes/models/v2')])
  }
  const run = await workflows.start('many-models')
  t.not(run.code, 0, 'The newest version of diabetes is the bad one.')
  for (const name of others) t.regex(await served(name), /^v2-[^,]*$/, run.printed)
  t.regex(await served(), /^v1-[^,]*$/)
})
