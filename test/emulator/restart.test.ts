import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { createEmulator } from '../../emulator/index.ts'
import {
  answeringScript,
  getBlob,
  putBlob,
  putCode,
  putDeployment,
  putEndpoint,
  putModel,
  score,
  scoringKey,
} from './deployable.ts'
import { serve } from './served.ts'
import { until } from './until.ts'

function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** The processes whose command line or environment has to do with a folder. */
function processesIn(folder: string): readonly string[] {
  const holds = (path: string): boolean => {
    try {
      return readFileSync(path).includes(folder)
    } catch {
      return false
    }
  }
  return readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && (holds(`/proc/${name}/cmdline`) || holds(`/proc/${name}/environ`)),
  )
}

test('an emulator that was killed comes back with everything, and serves again', async (t) => {
  const location = temporaryFolder(t)
  const before = await serve({ location })
  t.teardown(() => before.process.kill('SIGKILL'))
  const { client } = before
  const [model, code] = [await putModel(client, '1'), await putCode(client, answeringScript)]
  await client.finished(await putEndpoint(client, 'lasting'))
  await client.finished(await putDeployment(client, { endpoint: 'lasting', name: 'blue', model, code }))
  await client.finished(await putEndpoint(client, 'lasting', { blue: 100 }))
  const key = await scoringKey(client, 'lasting')
  t.is((await putBlob(client, 'late.txt', 'written last')).status, 201)
  const token = await client.token()
  await before.end('SIGKILL')

  const after = await serve({ location, port: Number(new URL(before.said.url).port) })
  t.teardown(() => after.process.kill('SIGKILL'))
  t.deepEqual(after.said, before.said)
  t.is(after.client.emulator.ca, client.emulator.ca)
  t.is(after.client.emulator.clientSecret, client.emulator.clientSecret)
  t.deepEqual((await score(after.client, { endpoint: 'lasting', key })).body, { model: 'version 1' })
  t.is(await getBlob(after.client, 'late.txt'), 'written last')
  const withOldToken = await after.client.arm('GET', 'models/diabetes', undefined, { authorization: `Bearer ${token}` })
  t.is(withOldToken.status, 200)

  t.is(await after.end('SIGTERM'), 0)
  await until(() => processesIn(location).length === 0)
  t.deepEqual(processesIn(location), [])
})

test('an operation under way when the emulator is killed is finished after the restart', async (t) => {
  const location = temporaryFolder(t)
  const before = await serve({ location })
  t.teardown(() => before.process.kill('SIGKILL'))
  const { client } = before
  const model = await putModel(client, '1')
  const code = await putCode(
    client,
    `import time\n${answeringScript.replace('def init():', 'def init():\n    time.sleep(1)')}`,
  )
  await client.finished(await putEndpoint(client, 'halfway'))
  const begun = await putDeployment(client, { endpoint: 'halfway', name: 'blue', model, code })
  await before.end('SIGKILL')

  const after = await serve({ location, port: Number(new URL(before.said.url).port) })
  t.teardown(() => after.process.kill('SIGKILL'))
  t.like(await after.client.finished(begun), { status: 'Succeeded' })
  t.is(await after.end('SIGTERM'), 0)
})

test('whatever was acknowledged before a kill in mid-write is there, and what is there can be read', async (t) => {
  const location = temporaryFolder(t)
  let emulator = await serve({ location })
  t.teardown(() => emulator.process.kill('SIGKILL'))
  const acknowledged = new Set<string>()
  for (let round = 0; round < 3; round += 1) {
    const { client } = emulator
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let count = 0; ; count += 1) {
        const version = `${round}-${writer}-${count}`
        const isModel = count % 2 === 0
        const { status } = isModel
          ? await client.arm('PUT', `models/many/versions/${version}`, {
              properties: { modelUri: `azureml://x/${version}` },
            })
          : await putBlob(client, version, version)
        if (status === 201) acknowledged.add(isModel ? `model ${version}` : `blob ${version}`)
      }
    })
    const stopped = Promise.allSettled(writers)
    await until(() => acknowledged.size > 40 * (round + 1))
    emulator.process.kill('SIGKILL')
    await stopped
    await client.close()
    emulator = await serve({ location })
  }
  for (const what of acknowledged) {
    const [kind, version = ''] = what.split(' ')
    if (kind === 'blob') t.is(await getBlob(emulator.client, version), version)
    else t.is((await emulator.client.arm('GET', `models/many/versions/${version}`)).status, 200, version)
  }
  t.is(await emulator.end('SIGTERM'), 0)
  const lines = readFileSync(join(location, 'state.jsonl'), 'utf8').trimEnd().split('\n')
  t.true(lines.every((line) => z.looseObject({}).safeParse(JSON.parse(line)).success))
})

test('scoring servers of a killed emulator do not outlive it', async (t) => {
  const location = temporaryFolder(t)
  const { client, end, process } = await serve({ location })
  t.teardown(() => process.kill('SIGKILL'))
  const [model, code] = [await putModel(client, '1'), await putCode(client, answeringScript)]
  await client.finished(await putEndpoint(client, 'orphan'))
  await client.finished(await putDeployment(client, { endpoint: 'orphan', name: 'blue', model, code }))
  t.true(processesIn(location).length >= 2)
  await end('SIGKILL')
  await until(() => processesIn(location).length === 0)
})

test('two emulators do not share a folder', async (t) => {
  const location = temporaryFolder(t)
  const first = await createEmulator({ location, runtime: 'process', blobs: false })
  const error = await t.throwsAsync(createEmulator({ location, runtime: 'process', blobs: false }))
  t.regex(error?.message ?? '', /is running on/)
  await first.close()
  const again = await createEmulator({ location, runtime: 'process', blobs: false })
  await again.close()
})

test('a folder of another workspace and a port that is taken are refused in a sentence', async (t) => {
  const location = temporaryFolder(t)
  const first = await createEmulator({ location, runtime: 'process', blobs: false, workspace: 'one' })
  const port = Number(new URL(first.url).port)
  await t.throwsAsync(createEmulator({ port, runtime: 'process', blobs: false }), {
    message: /^The port \d+ of 127.0.0.1 cannot be used/,
  })
  await first.close()
  await t.throwsAsync(createEmulator({ location, runtime: 'process', blobs: false, workspace: 'two' }), {
    message: /holds the workspace whose workspace is "one", not "two"/,
  })
})
