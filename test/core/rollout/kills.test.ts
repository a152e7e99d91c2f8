import test from 'ava'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { killPoints, runKilled } from './killed.ts'

const wanted = process.env.AZUREML_CD_FORBID_SKIPPING ? 50 : 16
const lanes = ['red', 'green', 'blue', 'amber']

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  await workspace.registerExample()
  for (const lane of lanes) await workspace.done(workspace.deployment(lane, 'diabetes:1'))
})
test.after.always(() => workspace?.close())

test(`killed at ${wanted} of 50 points and run again on an empty machine, a rollout ends with one deployment that serves, and no request fails`, async (t) => {
  const points = [...killPoints(wanted)]
  t.is(points.length, wanted)
  const remaining = [...points]
  const problems: string[] = []
  let killed = 0
  await Promise.all(
    lanes.map(async (lane) => {
      for (let point = remaining.shift(); point !== undefined; point = remaining.shift()) {
        const outcome = await runKilled(workspace, lane, point)
        killed += outcome.killed
        problems.push(...outcome.problems)
      }
    }),
  )
  t.deepEqual(problems, [])
  t.true(killed >= wanted)
  t.log(`${points.length} kill points, ${killed} processes killed: ${points.map(({ label }) => label).join('; ')}`)
})
