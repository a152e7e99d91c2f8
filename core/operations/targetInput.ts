import { type TargetName, targetNames } from '../config/targetNames.ts'
import { choice, optional, text } from '../inputs.ts'
import type { Context } from '../operation.ts'
import { openTarget } from '../targets/openTarget.ts'
import type { Target } from '../targets/target.ts'

const words = ['auto', ...targetNames] as const

/** Where a service is to live. */
export const newServiceTarget = choice(
  words,
  "Where the service lives; auto: where the deployment configuration's computeType says, or else on a managed endpoint.",
)

/** Where a service lives that exists already. */
export const serviceTarget = choice(words, 'Where the service lives; auto: on the online endpoint of that name.')

/** The target that an input names; undefined for `auto`. */
export function targetNamed(word: (typeof words)[number]): TargetName | undefined {
  return word === 'auto' ? undefined : word
}

/** The target of a service that exists already. */
export function targetOf(context: Context, word: (typeof words)[number]): Promise<Target> {
  return openTarget(targetNamed(word) ?? 'managed', context)
}

/** Targets that run an image of the service; elsewhere Azure ML makes it of the environment. */
const runsImages: ReadonlySet<TargetName> = new Set(['aci', 'iot-edge'])

export function needsImage({ name }: Pick<Target, 'name'>): boolean {
  return runsImages.has(name)
}

/** The image of a service, where its target runs one. */
export const imageInput = optional(
  text(
    'Image that is built already, for targets that run one (aci, iot-edge). Default: the container registry of the workspace builds it.',
    'IMAGE',
  ),
)
