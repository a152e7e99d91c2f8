import { optional, path } from '../../core/index.ts'

const parametersFolder = optional(
  path(
    'Folder with parameter files of the deprecated aml-* actions (.cloud/.azure): workspace.json and the file of this step. What the step itself gives goes first; keys that are not done as they were are reported.',
  ),
)

/** The file that the deprecated action of this name read beside workspace.json. */
export const ownFiles = { register: 'registermodel', deploy: 'deploy', compute: 'compute' } as const

/** The input by which an action reads what was written for its predecessor; none for actions that have none. */
export function legacyInputsOf(action: string): { readonly parametersFolder?: typeof parametersFolder } {
  return action in ownFiles ? { parametersFolder } : {}
}

/**
 * Inputs that a parameter file may give instead of the step, and that are required or have a default: the runner must
 * not hand over a default of the manifest as if the step had said it.
 */
export const givenByFiles: readonly string[] = [
  ...['name', 'path', 'service', 'inferenceConfig', 'action', 'purpose', 'nodeCount', 'loadBalancer'],
]
