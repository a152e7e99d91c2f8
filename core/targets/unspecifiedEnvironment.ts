import type { InlineEnvironment } from '../config/imageEnvironment.ts'

/** What runs where an inference configuration names no environment. */
export const unspecifiedEnvironment: InlineEnvironment = {
  kind: 'inline',
  name: undefined,
  version: undefined,
  variables: {},
  base: { kind: 'unspecified' },
  python: { kind: 'unspecified' },
  extraDockerfileSteps: undefined,
  inferencingStackVersion: undefined,
}
