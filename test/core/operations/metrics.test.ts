import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { exitCodes } from '../../../cli/run.ts'
import { OwnService } from './ownService.ts'
import { WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest
test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

test('a version whose metrics do not pass is refused before anything is sent, and one that passes is measured for good', async (t) => {
  const service = await OwnService.create(workspace, 'gated')
  const model = await workspace.folder()
  await writeFile(join(model, 'told.json'), '{}')
  const register = (...gate: string[]) => [
    ...['register', '--name', 'gated', '--path', model, '--when-unchanged', 'always-new'],
    ...gate,
  ]
  const refused = await workspace.cli(register('--metrics', 'rmse=54,r2=0.4', '--max-metrics', 'rmse=50'))
  t.is(refused.code, exitCodes.refused, refused.stderr)
  t.regex(refused.stderr, /rmse of gated is 54, more than 50/)
  t.deepEqual(workspace.requestsOf(refused), [])
  const wrong = await workspace.cli(
    register('--metrics', 'rmse=NaN', '--min-metrics', 'r2=2', '--max-metrics', 'r2=1', '--better-metrics', 'r2=more'),
  )
  t.is(wrong.code, exitCodes['bad-input'])
  for (const fault of [
    '--metrics must be numbers, but rmse is "NaN"',
    '--max-metrics of r2 (1) cannot be below its minimum (2)',
    '--better-metrics must be higher or lower, but r2 is "more"',
    '--better-metrics need a service',
  ])
    t.true(wrong.stderr.includes(fault), `${fault}\n${wrong.stderr}`)

  const first = await service.register()
  await workspace.done(service.deployment(first))
  const beat = ['--better-metrics', 'rmse=lower', '--service', 'gated']
  const unmeasured = await workspace.done(register('--metrics', 'rmse=54', ...beat))
  t.regex(unmeasured.stderr, /gated:1, which serves, has no metric "rmse"/)
  await workspace.done(service.update('2'))
  const worse = await workspace.cli(register('--metrics', 'rmse=55', ...beat))
  t.is(worse.code, exitCodes.refused)
  t.regex(worse.stderr, /rmse of gated is 55, not lower than the 54 of gated:2/)

  await workspace.done(register('--metrics', 'rmse=56'))
  const update = service.update('3')
  const held = await workspace.cli([...update, '--better-metrics', 'rmse=lower', '--min-metrics', 'r2=0.1'])
  t.is(held.code, exitCodes.refused)
  t.like(held.outputs, { outcome: 'refused', changed: false, modelVersion: '3' })
  t.regex(held.stderr, /gated:3 has no metric "r2"; rmse of gated:3 is 56, not lower than the 54 of gated:2/)
  const { traffic } = await workspace.service('gated')
  t.true(Object.keys(traffic).every((deployment) => deployment.startsWith('v2-')))
  const again = await workspace.done([...service.update('2'), '--better-metrics', 'rmse=lower'])
  t.like(again.outputs, { outcome: 'unchanged', changed: false })
})
