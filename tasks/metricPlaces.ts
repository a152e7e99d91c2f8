import type { InputPlace } from './manifest.ts'

/** Where a form shows what a version's metrics must be like. */
export const metricPlaces = {
  minMetrics: { group: 'details', label: 'Metrics that must reach a value' },
  maxMetrics: { group: 'details', label: 'Metrics that must not exceed a value' },
  betterMetrics: { group: 'details', label: 'Metrics that must be better' },
} as const satisfies Readonly<Record<string, InputPlace>>
