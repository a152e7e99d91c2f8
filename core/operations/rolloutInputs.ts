import { endpointName } from '../config/names.ts'
import { flag, optional, path, quantity, text } from '../inputs.ts'

export { endpointName }

/** How a version is brought into service; the same for every operation that does. */
export const rolloutInputs = {
  requests: optional(
    path(
      'File with test requests and what is expected of their answers. Sent to the candidate alone before it gets traffic, and again while it bakes.',
    ),
  ),
  bakeSeconds: quantity({
    description: 'How long the new version serves under watch before the old one is deleted, in seconds.',
    ...{ unit: 'seconds', default: 60, max: 86_400 },
  }),
  timeoutSeconds: quantity({
    description: 'How long the new version may take to become ready, in seconds.',
    ...{ unit: 'seconds', default: 3600, min: 10, max: 86_400 },
  }),
  waitSeconds: quantity({
    description: 'How long to wait for the rollout of another run on the same service, in seconds.',
    ...{ unit: 'seconds', default: 1800, max: 86_400 },
  }),
  takeOver: flag('Take over the rollout of another run although its lease has not expired: for runs known to be dead.'),
} as const

/** What a new version of a batch service is tried with. */
export const trialInput = optional(
  text(
    'For target batch: a small input that the new version is run over before it becomes the default deployment. A file or folder of this machine, azureml:NAME:VERSION, or azureml://datastores/NAME/paths/PATH.',
    'INPUT',
  ),
)

/** The rollout's policy from the inputs above. */
export function policyOf(inputs: {
  readonly bakeSeconds: number
  readonly timeoutSeconds: number
  readonly waitSeconds: number
  readonly takeOver: boolean
}) {
  const { bakeSeconds, timeoutSeconds, waitSeconds, takeOver } = inputs
  return { bakeSeconds, timeoutSeconds, waitSeconds, takeOver }
}
