import { InputError } from '../errors.ts'
import type { SourceRequest } from './modelSource.ts'

/** What a model of its type must contain; `paths` are relative to the model. */
export function requireType(type: SourceRequest['type'], paths: readonly string[], from: string): void {
  if (type === 'mlflow' && !paths.includes('MLmodel'))
    throw new InputError(`"${from}" is no MLflow model: it holds no file MLmodel.`, {
      hint: 'Name the folder that mlflow wrote, or register it as custom.',
    })
  if (type === 'triton' && !paths.some((path) => /(^|\/)\d+\/[^/]+$/.test(path)))
    throw new InputError(`"${from}" is no Triton model repository: it holds no folder NAME/VERSION with a model in it.`)
}
