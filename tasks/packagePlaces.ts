import type { InputPlace } from './manifest.ts'

/** What packaging asks for beside the workspace. */
export const packagePlaces = {
  inferenceConfig: { label: 'Inference configuration' },
  models: { label: 'Models', picks: 'models' },
  image: { label: 'Image' },
  folder: { label: 'Folder for the Dockerfile and its context' },
  builder: { group: 'details', label: 'What builds' },
  registry: { group: 'details', label: 'Registry that builds', visibleRule: 'builder = registry' },
  push: { group: 'details', label: 'Push to the registry', visibleRule: 'builder = docker' },
  registryUsername: { group: 'details', label: 'User of the registry', visibleRule: 'push = true' },
  registryPassword: { group: 'details', label: 'Password of the registry', visibleRule: 'push = true' },
  certificates: { group: 'advanced', label: 'Certificates to trust' },
  keepCertificates: { group: 'advanced', label: 'Trust them in the image too', visibleRule: 'certificates != ""' },
  buildArguments: { group: 'advanced', label: 'Build arguments' },
  fresh: { group: 'advanced', label: 'Build anew' },
  timeoutSeconds: { group: 'advanced', label: 'Timeout in seconds', visibleRule: 'builder = registry' },
} as const satisfies Readonly<Record<string, InputPlace>>
