import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'yaml'
import { exitCodes } from '../../actions/exitCodes.ts'
import { operations } from '../../core/operations/index.ts'
import { ActionsUnderTest } from './actionsUnderTest.ts'
import type { StepRun } from './runner.ts'
import { readStepLog } from './stepLog.ts'

const service = 'diabetes'
let actions: ActionsUnderTest
test.before(async () => {
  actions = await ActionsUnderTest.start()
  const { workspace } = actions
  await workspace.registerExample()
  await workspace.done(workspace.deployment(service, 'diabetes:1'))
})
test.after.always(() => actions?.close())

const update = (model: string, options: Parameters<ActionsUnderTest['step']>[2] & { bakeSeconds?: string } = {}) =>
  actions.step(
    'update',
    { service, model, requests: 'test/actions/patient.json', 'bake-seconds': options.bakeSeconds ?? '0' },
    { workspace: resolve('.'), ...options },
  )

/** The post step that the runner runs after it: with the inputs of the step, and what that saved. */
function post({ state }: StepRun, signIn?: Readonly<Record<string, string>>): Promise<StepRun> {
  const environment = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
  return actions.step('post', {}, { environment, ...(signIn && { signIn }) })
}

/** Once, because a second signal may come when nobody listens any more. */
function stopOn(text: string, signal: NodeJS.Signals): NonNullable<Parameters<typeof update>[1]> {
  let isStopped = false
  return {
    bakeSeconds: '600',
    whenPrinted: (printed, child) => {
      if (!isStopped && printed.includes(text)) isStopped = child.kill(signal)
    },
  }
}

const unfinished = (t: ExecutionContext, told: StepRun, text: RegExp) => {
  t.is(told.code, 0, told.stdout)
  const shown = readStepLog(told.stdout)
  const warnings = shown.lines.filter(({ kind }) => kind === 'warning').map((line) => line.text)
  t.regex(warnings.join('\n'), text)
  t.regex(warnings.join('\n'), /Run again with the same inputs: it goes on from there and finishes\./)
  t.regex(told.summary, /### diabetes: the run was stopped[\s\S]*\(new\) \|/)
}

test.serial('a cancelled update tells afterwards what it left behind, and running it again finishes it', async (t) => {
  t.timeout(120_000)
  const cancelled = await update('diabetes:2', stopOn('Traffic of ', 'SIGINT'))
  t.is(cancelled.code, exitCodes.failed, cancelled.stdout)
  const told = await post(cancelled)
  unfinished(
    t,
    told,
    /^The rollout of "v2-\w+" \(Succeeded\) at "diabetes" is not finished\. Traffic now: v2-\w+ 100 %; before it began: v1-\w+ 100 %\./,
  )
  const again = await update('diabetes:2')
  t.is(again.code, exitCodes.done, again.stdout)
  t.like(again.outputs, { outcome: 'promoted', 'model-version': '2' })
  t.is((await post(again)).stdout, '', 'What came to an end of its own leaves nothing to tell.')
})

test.serial('of an update that was killed before it moved anything, the new deployment is told', async (t) => {
  t.timeout(120_000)
  const killed = await update('diabetes:1', stopOn('Deploy v1-', 'SIGKILL'))
  t.is(killed.signal, 'SIGKILL')
  unfinished(t, await post(killed), /Traffic now: v2-\w+ 100 %; before it began: v2-\w+ 100 %\./)
  const again = await update('diabetes:1')
  t.like(again.outputs, { outcome: 'promoted', 'model-version': '1' })
})

test.serial('a post step that cannot sign in says so and does not fail the job', async (t) => {
  t.timeout(120_000)
  const cancelled = await update('diabetes:2', stopOn('Deploy v2-', 'SIGTERM'))
  const { tenantId, clientId } = actions.workspace.emulator
  const signIn = { 'tenant-id': tenantId, 'client-id': clientId, 'client-secret': 'a-wrong-one' }
  const told = await post(cancelled, signIn)
  t.is(told.code, 0)
  t.regex(told.stdout, /^::warning::The run was stopped, and what it left behind could not be read: /m)
  t.notRegex(told.stdout, /^::error/m)
})

test('a step that Azure did not let in has nothing to tell, nor has one that did nothing', async (t) => {
  const { tenantId, clientId } = actions.workspace.emulator
  const signIn = { 'tenant-id': tenantId, 'client-id': clientId, 'client-secret': 'a-wrong-one' }
  const refused = await update('diabetes:2', { signIn })
  t.not(refused.code, 0)
  t.deepEqual(refused.state, {})
  const dry = await actions.step('update', { service: 'nothing', 'dry-run': 'true' }, { workspace: resolve('.') })
  t.is(dry.code, exitCodes['bad-input'])
  t.is((await post(dry)).stdout, '')
})

test('exactly the actions that roll out have a post step, which always runs', async (t) => {
  const withPost: string[] = []
  for (const name of Object.keys(operations)) {
    const { runs } = parse(await readFile(`actions/${name}/action.yml`, 'utf8'))
    if (runs.post === undefined) continue
    t.like(runs, { post: '../../dist/actions/post.mjs', 'post-if': 'always()' })
    withPost.push(name)
  }
  t.deepEqual(withPost, ['deploy', 'update'])
  const root = parse(await readFile('action.yml', 'utf8'))
  t.like(root.runs, { post: 'dist/actions/post.mjs', 'post-if': 'always()' })
})
