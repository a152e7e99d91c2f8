import { join } from 'node:path'
import { Pool } from 'undici'
import { z } from 'zod'
import type { BenchContext, Benchmark } from './benchmark.ts'
import { interleaved, median } from './interleaved.ts'
import { serveProgram } from './program.ts'
import { startSink } from './sink.ts'

const connections = 8
const requestsPerRun = 8_000
const said = z.object({ url: z.string(), ca: z.string(), key: z.string() })

/** What the embedded workspace's scoring path costs, over HTTPS with a key, in front of a server that does nothing. */
export const scoringProxy: Benchmark = {
  name: 'scoring-proxy',
  summary: `${requestsPerRun} requests on ${connections} connections, to a server that does nothing and through the emulator to it`,
  async run(context) {
    const backend = await startSink(context, undefined)
    const emulator = await startEmulator(context, backend.line)
    const { url, ca, key } = said.parse(JSON.parse(emulator.line))
    const direct = new Pool(backend.line, { connections })
    const through = new Pool(url, { connections, connect: { ca } })
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const ways = {
      direct: { pool: direct, path: '/score', headers, p50: [] as number[] },
      through: { pool: through, path: '/endpoints/bench/score', headers, p50: [] as number[] },
    }
    try {
      const run = async (way: (typeof ways)['direct']): Promise<number> => {
        const { perSecond, p50 } = await load(way)
        way.p50.push(p50)
        return perSecond
      }
      // The first round warms up both sides and does not count.
      for (const way of [ways.direct, ways.through]) await load(way)
      const rates = await interleaved({
        contenders: { direct: () => run(ways.direct), through: () => run(ways.through) },
        ...{ runs: context.runs, unit: 'requests/s', title: 'Scoring', say: context.say },
      })
      const added = median(ways.through.p50) - median(ways.direct.p50)
      const better = { rate: 'more', time: 'less' } as const
      return [
        {
          ...{ name: `scoring through the emulator, ${connections} connections`, ours: rates.get('through') ?? 0 },
          ...{ unit: 'requests/s', rival: 'goal', theirs: 4_000, better: better.rate, target: 1 },
        },
        {
          ...{ name: 'what the emulator adds to a scoring request, p50', ours: added },
          ...{ unit: 'ms', rival: 'goal', theirs: 1.5, better: better.time, target: 1 },
        },
      ]
    } finally {
      await Promise.all([direct.destroy(), through.destroy()])
      await emulator.stop()
      await backend.stop()
    }
  },
}

function startEmulator({ programs }: BenchContext, backend: string) {
  return serveProgram({
    command: process.execPath,
    args: [join(programs, 'scoringEmulatorProgram.js'), backend],
    ready: /^\{/,
  })
}

/** Keeps every connection busy, one request after the other. */
async function load(way: {
  readonly pool: Pool
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}): Promise<{ readonly perSecond: number; readonly p50: number }> {
  const { pool, path, headers } = way
  const milliseconds: number[] = []
  const started = performance.now()
  const keepAsking = async (): Promise<void> => {
    for (let left = requestsPerRun / connections; left > 0; left -= 1) {
      const asked = performance.now()
      const answer = await pool.request({ path, method: 'POST', headers, body: '{"data": [1, 2, 3]}' })
      await answer.body.dump()
      if (answer.statusCode !== 200) throw new Error(`${path} was answered with ${answer.statusCode}.`)
      milliseconds.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: connections }, keepAsking))
  return { perSecond: (requestsPerRun * 1000) / (performance.now() - started), p50: median(milliseconds) }
}
