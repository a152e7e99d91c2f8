import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { OwnService } from './ownService.ts'
import { WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

test('requests are sent to a service by its key or token, and the first difference is told', async (t) => {
  for (const authMode of ['key', 'aml_token'] as const) {
    const name = authMode === 'key' ? 'by-key' : 'by-token'
    const deployment = authMode === 'key' ? { authEnabled: true } : { authEnabled: false, tokenAuthEnabled: true }
    const service = await OwnService.create(workspace, name, { deployment })
    const deployed = await workspace.done(service.deployment(await service.register()))
    const passed = await workspace.done(['test', '--service', name, '--requests', service.requests])
    t.like(passed.outputs, { passed: 1, failed: 0, results: [{ name: 'anything', status: 200 }] })
    const pinned = ['test', '--service', name, '--requests', service.requests, '--deployment']
    t.like((await workspace.done([...pinned, String(deployed.outputs.deployment)])).outputs, { passed: 1 })
    const nowhere = await workspace.cli([...pinned, 'nowhere'])
    t.is(nowhere.code, 2)
    t.regex(nowhere.stderr, /The endpoint "by-\w+" has no deployment "nowhere"/)

    const expecting = join(service.folder, 'expecting.json')
    const request = { name: 'two', body: {}, expect: { json: [{ path: '$.result', equals: 2 }] } }
    await writeFile(expecting, JSON.stringify({ requests: [{ name: 'any', body: {} }, request] }))
    const failed = await workspace.cli(['test', '--service', name, '--requests', expecting])
    t.is(failed.code, 1)
    t.regex(
      failed.stderr,
      /1 of 2 requests to "by-\w+" were not answered as expected. First: two: \$\.result is 1, expected 2/,
    )
  }
})
