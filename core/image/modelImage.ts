import type { BuildContext } from './buildContext.ts'
import { assembledContext, modelFiles } from './buildContext.ts'
import { modelLines } from './dockerfile.ts'
import { type ImageModel, scoringUser } from './scoringImageSpec.ts'

/**
 * What puts models onto an image of code that has none: their layers and the variable that leads to them, nothing else.
 * So a service gets another version of its model without the files it was made from.
 */
export async function modelImageContext(options: {
  /** An image that was built with no models. */
  readonly codeImage: string
  readonly models: readonly ImageModel[]
  readonly signal: AbortSignal
}): Promise<BuildContext> {
  const { codeImage, models, signal } = options
  const text = [`FROM ${codeImage}`, 'USER 0', ...modelLines(models), `USER ${scoringUser}`, ''].join('\n')
  return assembledContext({ dockerfile: text, files: modelFiles(models), signal })
}
