import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { z } from 'zod'
import { bulk } from '../bulk.ts'
import { getBlob, putBlob } from './deployable.ts'
import { serve } from './served.ts'
import { until } from './until.ts'

const kills = bulk('kills of an emulator that is written to', { all: 100, sample: 8 })
/** Of which so many with blobs, whose storage takes longer to start. */
const killsWithBlobs = kills * 0.15
const writers = 4

const line = z.object({ kind: z.string(), key: z.string(), value: z.unknown() })

/** Seeded, so that a failure comes again. */
function* chances(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

test(`killed ${kills} times while it is written to, it has lost nothing it acknowledged`, async (t) => {
  t.timeout(240_000)
  const location = mkdtempSync(join(tmpdir(), 'emulator-kills-'))
  t.teardown(() => rmSync(location, { recursive: true, force: true, maxRetries: 5 }))
  const random = chances(20_261_123)
  const versions = new Set<string>()
  const blobs = new Set<string>()
  for (let kill = 0; kill < kills; kill += 1) {
    const hasBlobs = kill < killsWithBlobs
    const { process, client } = await serve({ location, blobs: hasBlobs })
    t.teardown(() => process.kill('SIGKILL'))
    const writing = Array.from({ length: writers }, async (_, writer) => {
      for (let count = 0; ; count += 1) {
        const name = `${kill}-${writer}-${count}`
        if (hasBlobs && count % 2 === 0) {
          if ((await putBlob(client, name, name)).status === 201) blobs.add(name)
        } else {
          const properties = { modelUri: `azureml://datastores/workspaceblobstore/paths/${name}` }
          const { status } = await client.arm('PUT', `models/many/versions/${name}`, { properties })
          if (status === 201) versions.add(name)
        }
      }
    })
    const stopped = Promise.allSettled(writing)
    const chance: number = random.next().value
    const acknowledged = versions.size + blobs.size
    await until(() => versions.size + blobs.size > acknowledged)
    await pause(chance * 150)
    process.kill('SIGKILL')
    await stopped
    await client.close()
    // Every line is whole, but for one at the end that nobody was told of.
    const lines = readFileSync(join(location, 'state.jsonl'), 'utf8').split('\n')
    lines.pop()
    for (const one of lines.slice(1)) if (!line.safeParse(JSON.parse(one)).success) t.fail(one)
  }
  const { client, end, process: last } = await serve({ location })
  t.teardown(() => last.kill('SIGKILL'))
  t.log(`${versions.size} versions and ${blobs.size} blobs were acknowledged.`)
  t.true(versions.size > kills && blobs.size > killsWithBlobs)
  const listed = new Set<string>()
  let next: string | undefined = 'models/many/versions?$top=1000'
  while (next !== undefined) {
    const page = z
      .object({ value: z.array(z.object({ name: z.string() })), nextLink: z.string().optional() })
      .parse((await client.arm('GET', next)).body)
    for (const { name } of page.value) listed.add(name)
    next = page.nextLink
  }
  t.deepEqual(
    [...versions].filter((version) => !listed.has(version)),
    [],
  )
  for (const blob of blobs) t.is(await getBlob(client, blob), blob)
  t.is(await end('SIGTERM'), 0)
})
