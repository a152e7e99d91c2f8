import type { DerivedInputs } from './host.ts'

/**
 * The inputs of `download` in a release that has a model for an artifact: Azure DevOps hands over the artifact's own
 * (tasks/artifactType.ts) with the version that the release was made with, and the folder to fill.
 */
export const artifactInputs: DerivedInputs = new Map([
  [
    'model',
    (given) => {
      const [name, version] = [given('definition'), given('version')]
      return name === undefined || version === undefined ? undefined : `${name}:${version}`
    },
  ],
  ['folder', (given) => given('downloadPath')],
])
