import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import azure from '@azure/functions'
import test from 'ava'
import { functionHandlers } from '../../relay/hosts/azureFunctions.ts'
import { FunctionHost } from '../../relay/hosts/functionHost.ts'
import { serve } from '../../relay/hosts/serve.ts'
import type { Relay } from '../../relay/relay.ts'
import { gridEvent, key, topic, world } from './world.ts'

test('a port of this machine answers as the handler does, and lets go when it closes', async (t) => {
  const { relay, stored } = await world(t)
  const { url, close } = await serve({ relay, host: '127.0.0.1', port: 0 })
  const headers = { 'x-azureml-cd-key': key, 'content-type': 'application/json' }
  const post = (body: unknown) => fetch(`${url}/events`, { method: 'POST', headers, body: JSON.stringify(body) })
  t.is((await post([gridEvent(1)])).status, 200)
  t.is((await post('['.repeat(40))).status, 400)
  t.is((await fetch(`${url}/healthz`)).status, 200)
  t.is((await fetch(`${url}/events`, { method: 'POST', body: '[]' })).status, 401)
  t.is((await stored()).length, 1)
  const second = await t.throwsAsync(serve({ relay, host: '127.0.0.1', port: Number(new URL(url).port) }))
  t.regex(second?.message ?? '', /cannot listen on 127\.0\.0\.1:\d+/)
  await close()
  await t.throwsAsync(fetch(`${url}/healthz`))
})

test('a request that never ends does not keep the relay from ending', async (t) => {
  const { relay } = await world(t)
  const { url, close } = await serve({ relay, host: '127.0.0.1', port: 0 })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`POST /events HTTP/1.1\r\nhost: x\r\nx-azureml-cd-key: ${key}\r\ncontent-length: 100\r\n\r\n[`)
  await pause(100)
  const started = performance.now()
  await close()
  t.true(performance.now() - started < 15_000)
})

const opened =
  (relay: Relay, act = async () => undefined) =>
  async () => ({ relay, act, sweep: async () => undefined })
const host = () => new FunctionHost({})
const context = () => new azure.InvocationContext({ functionName: 'relay', invocationId: '1' })

test('Azure Functions hands requests over, body and headers and all', async (t) => {
  const { relay, stored } = await world(t)
  const { http } = functionHandlers(opened(relay), host())
  const request = (body: string, headers: Record<string, string> = { 'x-azureml-cd-key': key }) =>
    new azure.HttpRequest({ method: 'POST', url: 'https://relay.example/events', headers, body: { string: body } })
  const answer = await http(request(JSON.stringify([gridEvent(3)])), context())
  t.is(answer.status, 200)
  t.is(answer.body, '{"accepted":true}\n')
  t.is((await http(request('[]', {}), context())).status, 401)
  t.is((await http(request(' '.repeat(2_000_000)), context())).status, 413)
  const health = await http(new azure.HttpRequest({ method: 'GET', url: 'https://relay.example/healthz' }), context())
  t.is(health.status, 200)
  t.is((await stored()).length, 1)
})

test('its own Event Grid trigger stores the event, and fails when that fails, so that it comes again', async (t) => {
  const event = {
    ...{ id: 'e1', topic, subject: 'models/diabetes:5', eventTime: '2026-11-27T05:00:00Z', dataVersion: '' },
    ...{ eventType: 'Microsoft.MachineLearningServices.ModelRegistered', metadataVersion: '1' },
    data: { ModelName: 'diabetes', ModelVersion: 5 },
  }
  const { relay, stored } = await world(t)
  await functionHandlers(opened(relay), host()).eventGrid(event, context())
  t.like(await stored(), [{ model: 'diabetes', version: '5' }])
  const wakeUps = {
    put: () => Promise.reject(new Error('The store is away.')),
    take: async () => [],
    done: async () => undefined,
  }
  const failing = await world(t, undefined, { wakeUps })
  await t.throwsAsync(functionHandlers(opened(failing.relay), host()).eventGrid(event, context()), { message: /away/ })
})

test('an event that is stored is taken, whatever becomes of acting on it', async (t) => {
  const event = {
    ...{ id: 'e2', topic, subject: 'models/diabetes:6', eventTime: '2026-11-27T05:00:00Z', dataVersion: '' },
    ...{ eventType: 'Microsoft.MachineLearningServices.ModelRegistered', metadataVersion: '1' },
    data: { ModelName: 'diabetes', ModelVersion: 6 },
  }
  const { relay, stored } = await world(t)
  const lines: string[] = []
  const host = new FunctionHost({})
  const act = () => Promise.reject(new Error('The registry does not answer.'))
  const invocation = new azure.InvocationContext({
    ...{ functionName: 'modelRegistered', invocationId: '2' },
    logHandler: (level, ...given) => void lines.push(`${level} ${given.join(' ')}`),
  })
  await functionHandlers(opened(relay, act), host).eventGrid(event, invocation)
  t.is((await stored()).length, 1)
  t.regex(lines.join('\n'), /^error It is tried again in a minute: .*The registry does not answer/)
})

test("the invocation's log gets every level, without secrets and without commands", async (t) => {
  const lines: string[] = []
  const write = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
  const host = new FunctionHost({})
  host.secret('a-secret-of-sixteen')
  const sink = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  await host.during(sink, async () => {
    host.log.debug('a')
    host.log.info('with a-secret-of-sixteen')
    host.log.warning('##vso[task.complete]')
    host.log.error('d')
  })
  t.deepEqual(lines, ['debug a', 'info with ***', 'warn # #vso[task.complete]', 'error d'])
})
