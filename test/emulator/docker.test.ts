import test from 'ava'
import { createEmulator } from '../../emulator/index.ts'
import { testWith } from '../requirements.ts'
import { Client } from './client.ts'
import { answeringScript, putCode, putDeployment, putEndpoint, putModel, score, scoringKey } from './deployable.ts'

test('without a choice the runtime is one of the two, and is told', async (t) => {
  const emulator = await createEmulator({ blobs: false })
  t.teardown(() => emulator.close())
  t.true(['docker', 'process'].includes(emulator.runtime))
})

testWith('docker')('a deployment in a container answers, and one that fails says why', async (t) => {
  const emulator = await createEmulator({ runtime: 'docker' })
  t.teardown(() => emulator.close())
  const client = new Client(emulator)
  t.teardown(() => client.close())
  const [model, code] = [await putModel(client, '1'), await putCode(client, answeringScript)]
  await client.finished(await putEndpoint(client, 'contained'))
  t.like(await client.finished(await putDeployment(client, { endpoint: 'contained', name: 'blue', model, code })), {
    status: 'Succeeded',
  })
  await client.finished(await putEndpoint(client, 'contained', { blue: 100 }))
  const key = await scoringKey(client, 'contained')
  t.deepEqual((await score(client, { endpoint: 'contained', key })).body, { model: 'version 1' })
  const broken = await putCode(client, 'import not_there\n')
  const failed = await client.finished(
    await putDeployment(client, { endpoint: 'contained', name: 'green', model, code: broken }),
  )
  t.is(failed.status, 'Failed')
  t.regex(JSON.stringify(failed.error), /not_there/)
})
