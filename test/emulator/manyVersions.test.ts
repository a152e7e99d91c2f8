import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { WorkspaceState } from '../../emulator/state/workspaceState.ts'
import { bulk } from '../bulk.ts'
import { serve } from './served.ts'

const count = bulk('versions in one list', { all: 100_000, sample: 20_000 })
/** Little more than all versions themselves take; who held all their answers at once would need several times it. */
const heapMebibytes = 60 + count / 1000
const listed = z.object({ value: z.array(z.object({ name: z.string() })), nextLink: z.string().optional() })

test(`${count} versions are listed page by page, and no more than a page is held for it`, async (t) => {
  const location = mkdtempSync(join(tmpdir(), 'emulator-many-'))
  t.teardown(() => rmSync(location, { recursive: true, force: true }))
  const state = new WorkspaceState(join(location, 'state.jsonl'))
  const { containers, versions } = state.assets.models
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'
  containers.set('many', {
    ...state.created(),
    ...{ name: 'many', properties: {}, latestVersion: String(count), highestVersion: count },
  })
  for (let version = 1; version <= count; version += 1)
    versions.set(`many/${version}`, {
      ...state.created(),
      ...{ name: 'many', version: String(version), properties: { modelUri, modelType: 'custom_model' } },
    })
  state.close()

  const { client, process, end } = await serve({ location, blobs: false, heapMebibytes })
  t.teardown(() => process.kill('SIGKILL'))
  let next: string | undefined = 'models/many/versions?$top=1000'
  let expected = count
  while (next !== undefined) {
    const page = listed.parse((await client.arm('GET', next)).body)
    for (const { name } of page.value) {
      if (name !== String(expected)) return t.fail(`Version ${name} came instead of ${expected}.`)
      expected -= 1
    }
    next = page.nextLink
  }
  t.is(expected, 0)
  t.log(`At most ${peakMebibytes(process.pid).toFixed(0)} MiB of memory were used for ${count} versions.`)
  const newest = await client.arm('GET', 'models/many/versions?$orderBy=createdtime%20asc&$top=1')
  t.like(newest.body, { value: [{ name: '1' }] })
  await end('SIGTERM')
})

/** The most memory a process has had so far. */
function peakMebibytes(pid = 0): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
