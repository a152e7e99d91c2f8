import test from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { Client } from '../emulator/client.ts'
import { answeringScript, putCode, putDeployment, putEndpoint, putModel } from '../emulator/deployable.ts'
import { python } from '../requirements.ts'
import { TriggersProgram } from './triggersProgram.ts'

let emulator: Emulator
let client: Client
let program: TriggersProgram

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', python })
  client = new Client(emulator)
  program = await TriggersProgram.start(client, emulator)
})
test.after.always(async () => {
  await program?.close()
  await client?.close()
  await emulator?.close()
})

test('a service that serves something else than was started for it is told, and healed when that is asked for', async (t) => {
  const models = [await putModel(client, '1'), await putModel(client, '2')]
  const code = await putCode(client, answeringScript)
  await client.finished(await putEndpoint(client, 'scoring'))
  await client.finished(
    await putDeployment(client, { endpoint: 'scoring', name: 'blue', model: models[0] ?? '', code }),
  )
  await client.finished(await putEndpoint(client, 'scoring', { blue: 100 }))
  const file = await program.rulesFor('drift', 'model: diabetes, service: scoring')
  const first = await program.run(file, 'sweep')
  t.is(first.code, 0, first.stderr)
  t.deepEqual(program.received('drift'), ['2'])
  t.like(first.answer, { drift: [{ served: 'diabetes:1', expected: '2', outcome: 'reported' }] })
  t.regex(first.stderr, /The service scoring serves diabetes:1 instead of diabetes:2\./)

  t.like((await program.run(file, 'sweep', '--heal')).answer, { drift: [{ outcome: 'healed' }] })
  t.deepEqual(program.received('drift'), ['2', '2'])
  t.like((await program.run(file, 'sweep', '--heal')).answer, { drift: [{ outcome: 'resting' }] })
  await client.arm('PATCH', 'onlineEndpoints/scoring', { tags: { 'azureml-cd.refused': 'diabetes:2' } })
  t.like((await program.run(file, 'sweep', '--heal')).answer, { drift: [{ outcome: 'refused', refused: true }] })
  t.deepEqual(program.received('drift'), ['2', '2'])

  await client.finished(
    await putDeployment(client, { endpoint: 'scoring', name: 'green', model: models[1] ?? '', code }),
  )
  await client.finished(await putEndpoint(client, 'scoring', { green: 100 }))
  t.deepEqual((await program.run(file, 'sweep', '--heal')).answer.drift, [])
})
