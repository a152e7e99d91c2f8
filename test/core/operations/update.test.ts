import test from 'ava'
import { Scorer, versionServed } from './scorer.ts'
import { deployArguments, updateArguments, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  await workspace.registerExample()
})
test.after.always(() => workspace?.close())

test('a service moves to another version without a failed request', async (t) => {
  await workspace.done(deployArguments('moved', 'diabetes:1'))
  t.is(await versionServed(workspace, 'moved'), '1')
  const scorer = await Scorer.start(workspace, 'moved')
  const updated = await workspace.done(updateArguments('moved', 'diabetes:2'))
  await scorer.stop()
  t.is(await versionServed(workspace, 'moved'), '2')
  t.deepEqual(scorer.failures, [])
  t.log(scorer.sent, workspace.requestsOf(updated).length)
})
