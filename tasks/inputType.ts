import { inputMeta, type Operation } from '../core/index.ts'

/** Paths that need not be files of the agent's sources: addresses of a datastore, or a folder that is to be made. */
const freePaths: ReadonlySet<string> = new Set(['path', 'folder'])

/**
 * Whether an input names a file of the sources. The agent makes such inputs absolute, and hands over the folder of the
 * sources for one that is not given.
 */
export function isFileInput({ inputs }: Operation, key: string): boolean {
  const input = inputs[key]
  return input !== undefined && inputMeta(input).kind === 'path' && !freePaths.has(key)
}
