import type { ProfileStep } from '../runtime/profile/gridWalk.ts'
import type { ProfileGoal } from '../runtime/profile/recommendation.ts'

/** The result of a profile with the names of v1 (v1-surface.md 3.3), and every step beside them. */
export function profileResult(options: {
  readonly name: string
  readonly image: string
  readonly createdTime: string
  readonly goal: ProfileGoal
  readonly grid: { readonly cpus: readonly number[]; readonly memoriesGiB: readonly number[] }
  readonly steps: readonly ProfileStep[]
  readonly recommended: ProfileStep | undefined
}) {
  const { name, image, createdTime, goal, grid, steps, recommended } = options
  // What v1 reports is one run; of several it is the one that decided.
  const told = recommended ?? steps.at(-1)
  return {
    ...{ name, image, createdTime, state: recommended ? 'Succeeded' : 'Failed' },
    ...{ requestedCpu: Math.max(...grid.cpus), requestedMemoryInGB: Math.max(...grid.memoriesGiB) },
    requestedQueriesPerSecond: goal.requestsPerSecond,
    ...{ maxUtilizedCpu: told?.peak.cpu, maxUtilizedMemoryInGB: told?.peak.memoryGiB },
    ...told?.figures,
    ...{ recommendedCpu: recommended?.cpu, recommendedMemoryInGB: recommended?.memoryGiB },
    error: recommended ? undefined : { code: 'GoalNotReached', message: 'No step of the grid was enough.' },
    steps: steps.map(({ cpu, memoryGiB, figures, peak }) => ({
      ...{ cpu, memoryInGB: memoryGiB, ...figures },
      ...{ maxUtilizedCpu: peak.cpu, maxUtilizedMemoryInGB: peak.memoryGiB },
    })),
  }
}

/** A deployment configuration with the recommended CPU and memory in the place of its own. */
export function withRecommended(
  template: Readonly<Record<string, unknown>>,
  { cpu, memoryGiB }: Pick<ProfileStep, 'cpu' | 'memoryGiB'>,
): Readonly<Record<string, unknown>> {
  const before = template.containerResourceRequirements
  return {
    ...template,
    containerResourceRequirements: {
      ...(typeof before === 'object' && before !== null ? before : {}),
      ...{ cpu, memoryInGB: memoryGiB },
    },
  }
}
