import test from 'ava'
import { OwnService } from './ownService.ts'
import { versionServed } from './scorer.ts'
import { WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

test('what serves is not removed unless forced, and what is not there is nothing to change', async (t) => {
  const service = await OwnService.create(workspace, 'kept')
  await workspace.done(service.deployment(await service.register()))
  const refused = await workspace.cli(['remove', '--service', 'kept'])
  t.is(refused.code, 1)
  t.regex(refused.stderr, /Error: the service "kept" was not removed: it serves \(v1-\w+ 100 %\)\. Give --force/i)
  const model = await workspace.cli(['remove', '--model', 'kept:1'])
  t.is(model.code, 1)
  t.regex(model.stderr, /version "1" of the model "kept" was not removed: deployments use it \(kept\/v1-\w+\)/i)
  t.is(await versionServed(workspace, 'kept'), '1')

  const dry = await workspace.done(['remove', '--service', 'kept', '--force', '--dry-run'])
  t.like(dry.outputs, { changed: false, removed: 'the service "kept"' })
  t.is(await versionServed(workspace, 'kept'), '1')

  t.like((await workspace.done(['remove', '--service', 'kept', '--force'])).outputs, { changed: true })
  t.is((await workspace.client.arm('GET', 'onlineEndpoints/kept')).status, 404)
  t.like((await workspace.done(['remove', '--service', 'kept'])).outputs, { changed: false })
  t.like((await workspace.done(['remove', '--model', 'kept:1'])).outputs, { changed: true })
  t.like((await workspace.done(['remove', '--model', 'kept:1'])).outputs, { changed: false })
})
