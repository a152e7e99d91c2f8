import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { WakeUpFolder } from '../core/trigger/index.ts'
import type { Benchmark } from './benchmark.ts'
import { median } from './interleaved.ts'
import { serveProgram } from './program.ts'

const key = 'a-key-of-the-benchmark'
const topic =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/team'
const connections = 64
const events = 10_000
/** What the relay is held to, on a machine of two cores that also sends. */
const goal = 1000

/** Events that are on disk before they are answered, one a request as Event Grid sends them. */
export const relayEvents: Benchmark = {
  name: 'relay-events',
  summary: `${events} events over ${connections} connections, each on disk before its answer`,
  async run({ programs, folder, runs, say }) {
    const rates: number[] = []
    for (let run = 0; run < runs; run += 1) {
      const store = join(folder, `wake-ups-${run}`)
      mkdirSync(store)
      const served = await serveProgram({
        command: process.execPath,
        args: [join(programs, 'relayProgram.js'), store, key],
        ready: /^http:/,
      })
      try {
        const rate = await send(`${served.line}/events`)
        await served.stop()
        const kept = (await (await WakeUpFolder.open(store)).take(2 * events)).length
        if (kept !== events) throw new Error(`Of ${events} answered events ${kept} are on disk.`)
        say(`  ${Math.round(rate)} events/s; all of them are there after the relay was killed`)
        rates.push(rate)
      } finally {
        await served.stop()
        rmSync(store, { recursive: true })
      }
    }
    return [
      {
        ...{ name: 'relay, durable events', ours: median(rates), unit: 'requests/s', rival: 'the goal' },
        ...{ theirs: goal, better: 'more', target: 1 },
      },
    ]
  },
}

/** The events per second from the first byte sent to the last answer. */
async function send(url: string): Promise<number> {
  const agent = new Agent({ connections, pipelining: 1 })
  let next = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < events) {
        next += 1
        const { statusCode, body } = await request(url, {
          ...{ method: 'POST', dispatcher: agent, body: eventBody(next) },
          headers: { 'content-type': 'application/json', 'x-azureml-cd-key': key },
        })
        await body.dump()
        if (statusCode !== 200) throw new Error(`The relay answered ${statusCode}.`)
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  await agent.close()
  return events / seconds
}

function eventBody(number: number): string {
  return JSON.stringify([
    {
      ...{ id: `event-${number}`, topic, subject: `models/model-${number % 300}:${number}`, dataVersion: '' },
      ...{ eventType: 'Microsoft.MachineLearningServices.ModelRegistered', eventTime: '2026-11-27T05:00:00Z' },
      data: { ModelName: `model-${number % 300}`, ModelVersion: number, ModelTags: { stage: 'ready' } },
    },
  ])
}
