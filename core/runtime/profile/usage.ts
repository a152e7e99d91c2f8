import { createInterface } from 'node:readline'
import type Docker from 'dockerode'
import { z } from 'zod'

const statistics = z.looseObject({
  read: z.string(),
  cpu_stats: z.looseObject({ cpu_usage: z.looseObject({ total_usage: z.number() }) }),
  memory_stats: z.looseObject({
    usage: z.number().optional(),
    max_usage: z.number().optional(),
    stats: z.record(z.string(), z.number()).optional(),
  }),
})

/** The most a container has used of its control group while it was watched. */
export interface PeakUsage {
  /** Of one CPU: 1.5 is one and a half. Over a second, or from one look to the next. */
  readonly cpu: number
  readonly memoryGiB: number
}

/** Watches the control group of a container until it is stopped. */
export async function watchUsage(container: Docker.Container): Promise<{ stop(): Promise<PeakUsage> }> {
  const stream = await container.stats({ stream: true })
  let cpu = 0
  let memoryGiB = 0
  let last: { readonly at: number; readonly used: number } | undefined
  const look = (line: unknown) => {
    const parsed = statistics.safeParse(line)
    if (!parsed.success) return
    const { read, cpu_stats: cpuStatistics, memory_stats: memory } = parsed.data
    const now = { at: Date.parse(read), used: cpuStatistics.cpu_usage.total_usage }
    if (last && now.at - last.at >= 100) cpu = Math.max(cpu, (now.used - last.used) / 1e6 / (now.at - last.at))
    if (now.used > 0) last = now
    // What the kernel may take back at any time, files it has read, is not what the service needs.
    const { usage = 0, stats = {} } = memory
    const files = stats.inactive_file ?? stats.total_inactive_file ?? 0
    memoryGiB = Math.max(memoryGiB, (usage - files) / 2 ** 30)
  }
  const lines = createInterface({ input: stream })
  lines.on('line', (line) => look(JSON.parse(line)))
  return {
    stop: async () => {
      // A last look, because the stream has one for each second only.
      look(await container.stats({ stream: false }))
      lines.close()
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
      return { cpu, memoryGiB }
    },
  }
}
