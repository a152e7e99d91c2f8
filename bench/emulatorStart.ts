import { join } from 'node:path'
import type { BenchContext, Benchmark } from './benchmark.ts'
import { interleaved } from './interleaved.ts'
import { serveProgram } from './program.ts'

const leastRuns = 10
const goalMilliseconds = { 'without blobs': 200, 'with blobs': 1_000 } as const

/** From the start of the emulator's process until it has said that it is ready, and is. */
export const emulatorStart: Benchmark = {
  name: 'emulator-start',
  summary: 'from the start of the embedded workspace until it is ready',
  async run(context) {
    const runs = Math.max(context.runs, leastRuns)
    const medians = await interleaved({
      contenders: {
        'without blobs': () => start(context, '--no-blobs'),
        'with blobs': () => start(context),
      },
      ...{ runs, unit: 'ms', title: 'Start', say: context.say },
    })
    return (['without blobs', 'with blobs'] as const).map((name) => ({
      ...{ name: `embedded workspace ready, ${name}, p50 of ${runs}`, ours: medians.get(name) ?? Number.NaN },
      ...{ unit: 'ms' as const, rival: 'goal', theirs: goalMilliseconds[name], better: 'less' as const, target: 1 },
    }))
  },
}

async function start({ product, folder }: BenchContext, ...flags: readonly string[]): Promise<number> {
  const started = performance.now()
  const emulator = await serveProgram({
    command: process.execPath,
    args: [product, 'emulator', '--json', '--runtime', 'process', ...flags],
    // A process that is killed leaves its folder behind; here it goes with the rest of this run.
    environment: { TMPDIR: join(folder) },
    ready: /^\{/,
  })
  const milliseconds = performance.now() - started
  await emulator.stop()
  return milliseconds
}
