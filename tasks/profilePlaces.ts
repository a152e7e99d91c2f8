import type { InputPlace } from './manifest.ts'

/** What a profile asks for beside the workspace. */
export const profilePlaces = {
  image: { label: 'Image' },
  requests: { label: 'Requests' },
  folder: { label: 'Folder for the result' },
  requestsPerSecond: { label: 'Requests per second' },
  latencyMilliseconds: { label: 'Latency in milliseconds' },
  deploymentConfig: { label: 'Deployment configuration' },
  cpus: { group: 'details', label: 'CPUs to try' },
  memories: { group: 'details', label: 'Memory to try in GiB' },
  concurrency: { group: 'details', label: 'Requests at the same time' },
  secondsPerStep: { group: 'details', label: 'Seconds per step' },
  name: { group: 'details', label: 'Name of the profile' },
} as const satisfies Readonly<Record<string, InputPlace>>
