import test from 'ava'
import { AzureError } from '../../../core/azure/armError.ts'
import { resolveCloud } from '../../../core/azure/clouds.ts'
import { DeadlineError, runLongRunning } from '../../../core/azure/longRunning.ts'
import { ArmClient } from '../../../core/azure/pipeline.ts'
import { instantClock, startTestCloud, type TestCloud } from './testCloud.ts'

async function connect({ url, httpClient, host }: TestCloud) {
  const cloud = await resolveCloud({ cloud: url, httpClient })
  const credential = await host.credential({ authorityHost: url, custom: true })
  const clock = instantClock()
  const { log, signal } = host
  return new ArmClient({ cloud, apiVersion: '2026-05-01', credential, log, signal, httpClient, clock })
}

const put = { method: 'PUT', path: '/thing', doing: 'writing the thing', body: {} } as const
const operationStatus = (cloud: () => string) => ({
  'azure-asyncoperation': `${cloud()}/operation?api-version=2026-05-01`,
})

test('a PUT is followed through its operation, "Updating" means go on, and the resource is read at the end', async (t) => {
  const cloud: TestCloud = await startTestCloud(t, (request, count) => {
    if (request.method === 'PUT')
      return {
        status: 201,
        body: { properties: { provisioningState: 'Creating' } },
        headers: operationStatus(() => cloud.url),
      }
    if (request.url.pathname === '/operation') return { body: { status: count < 4 ? 'Updating' : 'Succeeded' } }
    return { body: { name: 'thing', properties: { provisioningState: 'Succeeded' } } }
  })
  const states: string[] = []
  const result = await runLongRunning(await connect(cloud), put, { onState: (state) => states.push(state) })
  t.like(result, { name: 'thing' })
  t.deepEqual(states, ['Updating', 'Updating', 'Updating', 'Succeeded'])
})

test('a failed operation keeps its text although its code is null', async (t) => {
  const message = 'ResourceNotReady: User container has crashed or terminated: Liveness probe failed.'
  const cloud: TestCloud = await startTestCloud(t, (request) =>
    request.method === 'PUT'
      ? { status: 201, body: {}, headers: operationStatus(() => cloud.url) }
      : { body: { status: 'Failed', error: { code: null, message } } },
  )
  const error = await t.throwsAsync(runLongRunning(await connect(cloud), put), { instanceOf: AzureError })
  t.is(error?.code, 'ResourceNotReady')
  t.is(
    error?.message,
    'While writing the thing, the operation ended in the state "Failed" (ResourceNotReady): User container has crashed or terminated: Liveness probe failed.',
  )
})

test('a PUT without headers is followed by its provisioning state', async (t) => {
  const cloud = await startTestCloud(t, (request, count) => {
    const provisioningState = request.method === 'GET' && count > 2 ? 'Succeeded' : 'Scaling'
    return { body: { properties: { provisioningState, count } } }
  })
  t.like(await runLongRunning(await connect(cloud), put), { properties: { count: 3 } })
})

test('a DELETE answered 202 with null is followed by its Location until that is not 202', async (t) => {
  const cloud: TestCloud = await startTestCloud(t, (request, count) => {
    if (request.method === 'DELETE') return { status: 202, body: null, headers: { location: `${cloud.url}/result` } }
    return count < 3 ? { status: 202, headers: { 'retry-after': '2' } } : { status: 200, body: null }
  })
  const client = await connect(cloud)
  t.is(await runLongRunning(client, { method: 'DELETE', path: '/thing', doing: 'deleting' }), true)
  t.is(cloud.requests.length, 4)
})

test('a conflict with a change under way is waited out, unless the caller wants to know', async (t) => {
  const message = 'Cannot create because it is in Updating provisioning state.'
  const cloud = await startTestCloud(t, (_, count) =>
    count < 3 ? { status: 409, body: { error: { code: 'Conflict', message } } } : { body: { count } },
  )
  const client = await connect(cloud)
  const error = await t.throwsAsync(runLongRunning(client, put, { whenBusy: 'fail' }), { instanceOf: AzureError })
  t.is(error?.status, 409)
  t.like(await runLongRunning(client, put), { count: 3 })
})

test('a deadline ends the wait and tells the state; progress was told before', async (t) => {
  const cloud: TestCloud = await startTestCloud(t, (request) =>
    request.method === 'PUT'
      ? { status: 201, body: {}, headers: operationStatus(() => cloud.url) }
      : { body: { status: 'Updating' } },
  )
  const seconds: number[] = []
  const options = { deadlineSeconds: 60, onState: (_: string, elapsed: number) => seconds.push(elapsed) }
  const error = await t.throwsAsync(runLongRunning(await connect(cloud), put, options), { instanceOf: DeadlineError })
  t.is(error?.message, 'While writing the thing, the deadline of 60 s passed; the state was still "Updating".')
  t.true(seconds.length > 10 && (seconds.at(-1) ?? 0) >= 60)
})

test('an operation that points to another origin is not followed there', async (t) => {
  const headers = { 'azure-asyncoperation': 'https://example.org/operation' }
  const cloud = await startTestCloud(t, () => ({ status: 201, body: {}, headers }))
  const error = await t.throwsAsync(runLongRunning(await connect(cloud), put), { instanceOf: AzureError })
  t.is(error?.code, 'ForeignAddress')
})
