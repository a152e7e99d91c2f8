import test from 'ava'
import { Registry } from 'prom-client'
import { type Destination, DispatchError } from '../../core/trigger/index.ts'
import { DispatchMetrics } from '../../relay/dispatchMetrics.ts'
import { orderFor, signal } from '../core/trigger/destinations/orders.ts'

test('starts, look-ups and failures are counted by what is known of them', async (t) => {
  const registry = new Registry()
  const metrics = new DispatchMetrics(registry)
  const attempts = [
    async () => ({ id: '1' }),
    async () => {
      throw new DispatchError('no', { certain: true, permanent: true })
    },
    async () => {
      throw new DispatchError('later', { certain: true, permanent: false })
    },
    async () => {
      throw new DispatchError('lost', { certain: false, permanent: false })
    },
  ]
  const ship: Destination = {
    ...{ kind: 'webhook', name: 'ship', canFind: true, takesKey: true },
    start: async () => (await attempts.shift()?.()) ?? { id: '' },
    find: async () => undefined,
  }
  const measured = metrics.measured(new Map([['ship', ship]])).get('ship')
  t.like(measured, { kind: 'webhook', name: 'ship', canFind: true, takesKey: true, state: undefined })
  const order = orderFor('7')
  t.deepEqual(await measured?.start(order, signal), { id: '1' })
  for (let count = 0; count < 3; count += 1)
    await t.throwsAsync(async () => measured?.start(order, signal), { instanceOf: DispatchError })
  await measured?.find(order, signal)
  const text = await registry.metrics()
  for (const outcome of ['started', 'refused', 'not_started', 'unsure', 'not_found'])
    t.true(
      text.includes(`azureml_cd_dispatches_total{destination="ship",kind="webhook",outcome="${outcome}"} 1\n`),
      outcome,
    )
  t.regex(text, /azureml_cd_registration_to_start_seconds_count\{destination="ship"\} 1\n/)
})
