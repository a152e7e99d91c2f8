import test from 'ava'
import { bulk } from '../../bulk.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { killPoints, runKilled } from './killed.ts'

const wanted = bulk('kill points of a rollout', { all: 50, sample: 6 })
const points = killPoints(wanted)
/** Services at version 1 or 2 that no point works on now, and the points that wait for one. */
const free: string[] = []
const waiting: ((service: string) => void)[] = []

let workspace: WorkspaceUnderTest
let struck = 0

test.before(async (t) => {
  t.log(`${wanted} of 50 kill points, a few at a time`)
  workspace = await WorkspaceUnderTest.start()
  await workspace.registerExample()
  for (const service of ['red', 'green', 'blue', 'amber'].slice(0, Math.ceil(wanted / 3))) {
    await workspace.done(workspace.deployment(service, 'diabetes:1'))
    free.push(service)
  }
})
test.after.always(() => workspace?.close())
// How often a run looks while it waits depends on the machine, so that a last point may lie beyond its end.
test.after((t) => t.true(struck >= Math.floor(wanted * 0.9), `Only ${struck} of ${wanted} points struck a living run.`))

for (const point of points)
  test(`killed (${point.label}) and run again on an empty machine, one deployment serves and no request failed`, async (t) => {
    const service = free.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve)))
    try {
      const { problems, killed } = await runKilled(workspace, service, point)
      t.deepEqual(problems, [])
      if (killed > 0) struck += 1
      else t.log('The run had ended before it was to be killed.')
    } finally {
      const next = waiting.shift()
      if (next) next(service)
      else free.push(service)
    }
  })

test('the kill points are as many as they should be, and each is another', (t) => {
  t.is(new Set(points.map(({ label }) => label)).size, wanted)
})
