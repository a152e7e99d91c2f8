import type Docker from 'dockerode'
import { UserError } from '../../errors.ts'
import { type LimitedContainer, limitedContainer } from './limitedContainer.ts'
import { type Load, runLoad } from './load.ts'
import { memoryFor, type ProfileGoal, recommendedCpu } from './recommendation.ts'
import { type LoadFigures, loadFigures } from './statistics.ts'
import { type PeakUsage, watchUsage } from './usage.ts'

export interface ProfileStep {
  readonly cpu: number
  readonly memoryGiB: number
  readonly figures: LoadFigures
  readonly peak: PeakUsage
}

export interface Profile {
  /** By CPU, ascending, all with the most memory. */
  readonly steps: readonly ProfileStep[]
  /** Under the limits that are recommended; undefined when no step reached the goal. */
  readonly recommended: ProfileStep | undefined
}

/**
 * Walks a grid of limits: each CPU with the most memory, then, with the CPU that is enough, the memory that is. What is
 * recommended was run under exactly these limits and lost no request.
 */
export async function walkGrid(options: {
  readonly engine: Docker
  readonly image: string
  readonly variables: Readonly<Record<string, string>>
  readonly cpus: readonly number[]
  readonly memoriesGiB: readonly number[]
  readonly goal: ProfileGoal
  readonly load: Omit<Load, 'url'>
  readonly onStep: (step: ProfileStep) => void
}): Promise<Profile> {
  const { cpus, memoriesGiB, goal, load, onStep } = options
  const { signal } = load
  const most = { cpu: Math.max(...cpus), memoryGiB: Math.max(...memoriesGiB) }
  const start = (limits: { readonly cpu: number; readonly memoryGiB: number }) =>
    limitedContainer({ ...options, ...limits, signal })
  const steps: ProfileStep[] = []
  const container = await start(most)
  try {
    // The first requests of a process load and compile what later ones only use.
    await runLoad({ ...load, url: container.url, seconds: Math.min(load.seconds, 3), requestsPerSecond: undefined })
    for (const cpu of cpus.toSorted((a, b) => a - b)) {
      await container.limitCpu(cpu)
      steps.push(await measured({ container, load, cpu, memoryGiB: most.memoryGiB }))
      onStep(steps.at(-1) ?? never())
    }
    if (await container.failed())
      throw new UserError(`The service ended under load with ${most.memoryGiB} GiB of memory.`)
  } finally {
    await container.remove()
  }
  const cpu = recommendedCpu(steps, goal)
  if (cpu === undefined) return { steps, recommended: undefined }
  const peak = Math.max(...steps.map((step) => step.peak.memoryGiB))
  const enough = memoryFor(peak, memoriesGiB)
  for (const memoryGiB of memoriesGiB.toSorted((a, b) => a - b).filter((gib) => gib >= enough)) {
    const proof = await start({ cpu, memoryGiB }).catch((error: unknown) => {
      if (error instanceof UserError && memoryGiB < most.memoryGiB) return undefined
      throw error
    })
    if (!proof) continue
    try {
      await runLoad({ ...load, url: proof.url, seconds: Math.min(load.seconds, 3), requestsPerSecond: undefined })
      const step = await measured({ container: proof, load, cpu, memoryGiB })
      if ((await proof.failed()) || recommendedCpu([step], { ...goal, requestsPerSecond: undefined }) === undefined)
        continue
      onStep(step)
      return { steps, recommended: step }
    } finally {
      await proof.remove()
    }
  }
  return { steps, recommended: undefined }
}

async function measured(options: {
  readonly container: LimitedContainer
  readonly load: Omit<Load, 'url'>
  readonly cpu: number
  readonly memoryGiB: number
}): Promise<ProfileStep> {
  const { container, load, cpu, memoryGiB } = options
  const usage = await watchUsage(container.container)
  const { samples, seconds } = await runLoad({ ...load, url: container.url })
  return { cpu, memoryGiB, figures: loadFigures(samples, seconds), peak: await usage.stop() }
}

function never(): never {
  throw new Error('A step that was just measured is missing.')
}
