import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { createEmulator } from '../emulator/index.ts'
import type { Benchmark, Figure } from './benchmark.ts'
import { serveProgram } from './program.ts'

const perSecond = 50
const seconds = 20
const models = 100
const key = 'a-key-of-the-benchmark'
const goals = { p50: 150, p99: 1000 }

const payload = z.object({ data: z.object({ modelName: z.string(), modelVersion: z.string() }) })

/** From the registration of a version in the embedded workspace, through its event, until its pipeline is started. */
export const registrationToStart: Benchmark = {
  name: 'registration-to-start',
  summary: `${perSecond} registrations a second for ${seconds} s over ${models} models, each started through its event`,
  async run({ product, folder, say }) {
    const arrived = new Map<string, number>()
    let repeated = 0
    const receiver = createServer(async (incoming, response) => {
      const { data } = payload.parse(JSON.parse(await text(incoming)))
      const version = `${data.modelName}:${data.modelVersion}`
      if (arrived.has(version)) repeated += 1
      else arrived.set(version, performance.now())
      response.writeHead(204).end()
    })
    receiver.listen(0, '127.0.0.1')
    await new Promise((settle) => receiver.once('listening', settle))
    const address = receiver.address()
    const hook = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
    const emulator = await createEmulator({ runtime: 'process', blobs: false, log: () => undefined })
    const workspace = `/subscriptions/${emulator.subscriptionId}/resourceGroups/${emulator.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${emulator.workspace}`
    const file = join(folder, 'triggers.yml')
    writeFileSync(
      file,
      `workspaces: [{ name: team, id: ${workspace}, cloud: '${emulator.url}' }]
rules: [{ name: every, model: '*', order: every, since: 2020-01-01, destinations: [hook] }]
tagVersions: false
destinations:
  hook: { kind: webhook, url: '${hook}', allowPrivateAddresses: true, secret: { fromEnvironment: HOOK } }
`,
    )
    const relay = await serveProgram({
      command: process.execPath,
      args: [product, 'relay', '--file', file, '--ledger', join(folder, 'ledger'), '--port', '0', '--json'],
      ready: /^\{"url"/,
      environment: {
        ...{ AZURE_TENANT_ID: emulator.tenantId, AZURE_CLIENT_ID: emulator.clientId },
        ...{ AZURE_CLIENT_SECRET: emulator.clientSecret, NODE_EXTRA_CA_CERTS: emulator.caFile },
        ...{ AZUREML_CD_RELAY_KEY: key, HOOK: `whsec_${Buffer.from('a secret of the benchmark').toString('base64')}` },
      },
    })
    const agent = new Agent({ connect: { ca: emulator.ca } })
    try {
      const { url } = z.object({ url: z.string() }).parse(JSON.parse(relay.line))
      const token = await bearer(emulator, agent)
      const put = async (path: string, properties: unknown): Promise<void> => {
        const { statusCode, body } = await request(`${emulator.url}${workspace}/${path}?api-version=2023-04-01`, {
          ...{ method: 'PUT', dispatcher: agent, body: JSON.stringify({ properties }) },
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        })
        const said = await body.text()
        if (statusCode >= 300) throw new Error(`The embedded workspace answered ${statusCode}: ${said}`)
      }
      await put('providers/Microsoft.EventGrid/eventSubscriptions/relay', {
        destination: { endpointType: 'WebHook', properties: { endpointUrl: `${url}/events?key=${key}` } },
      })
      await pause(2000)
      const sent = new Map<string, number>()
      const registrations: Promise<void>[] = []
      const began = performance.now()
      for (let count = 0; count < perSecond * seconds; count += 1) {
        await pause(Math.max(0, began + (count * 1000) / perSecond - performance.now()))
        const model = `model-${count % models}`
        const version = String(1 + Math.floor(count / models))
        sent.set(`${model}:${version}`, performance.now())
        const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'
        registrations.push(put(`models/${model}/versions/${version}`, { modelUri, modelType: 'custom_model' }))
      }
      await Promise.all(registrations)
      for (let waited = 0; arrived.size < sent.size && waited < 60_000; waited += 100) await pause(100)
      const delays = [...sent]
        .map(([version, at]) => (arrived.get(version) ?? Number.POSITIVE_INFINITY) - at)
        .toSorted((one, other) => one - other)
      const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0
      say(
        `  ${arrived.size} of ${sent.size} started, ${repeated} repeated; p50 ${at(0.5).toFixed(0)} ms, p90 ${at(0.9).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, longest ${at(1).toFixed(0)} ms`,
      )
      const figure = (share: 'p50' | 'p99', ours: number): Figure => ({
        ...{ name: `registration to start, ${share}`, ours, unit: 'ms', rival: 'the goal', theirs: goals[share] },
        ...{ better: 'less', target: 1 },
      })
      return [figure('p50', at(0.5)), figure('p99', at(0.99))]
    } finally {
      await relay.stop()
      await agent.destroy()
      await emulator.close()
      receiver.closeAllConnections()
      receiver.close()
    }
  },
}

async function bearer(
  emulator: {
    readonly url: string
    readonly tenantId: string
    readonly clientId: string
    readonly clientSecret: string
  },
  dispatcher: Agent,
): Promise<string> {
  const form = {
    ...{ grant_type: 'client_credentials', client_id: emulator.clientId, client_secret: emulator.clientSecret },
    scope: 'https://management.azure.com/.default',
  }
  const { body } = await request(`${emulator.url}/${emulator.tenantId}/oauth2/v2.0/token`, {
    ...{ method: 'POST', dispatcher, body: new URLSearchParams(form).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  return z.object({ access_token: z.string() }).parse(await body.json()).access_token
}
