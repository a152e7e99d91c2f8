import type { InputPlace } from './manifest.ts'

/** How a version is brought into service. */
export const rolloutPlaces = {
  requests: { group: 'rollout', label: 'Test requests' },
  bakeSeconds: { group: 'rollout', label: 'Bake time in seconds' },
  timeoutSeconds: { group: 'rollout', label: 'Timeout in seconds' },
  waitSeconds: { group: 'rollout', label: 'Wait for other rollouts in seconds' },
  takeOver: { group: 'rollout', label: 'Take over a dead rollout' },
} as const satisfies Readonly<Record<string, InputPlace>>

/** What a new version of a batch service is tried with. */
export const trialInput = {
  group: 'rollout',
  label: 'Input of a trial run',
  visibleRule: 'target = auto || target = batch',
} as const satisfies InputPlace
