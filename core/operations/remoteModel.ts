import { InputError } from '../errors.ts'
import type { ModelSource, SourceRequest } from './modelSource.ts'

/** A model that is in a datastore or a job's output already. */
export async function remoteModel({ path }: SourceRequest): Promise<ModelSource> {
  throw new InputError(`"${path}" is no address of a model.`)
}
