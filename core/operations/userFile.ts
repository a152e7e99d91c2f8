import { readFile } from 'node:fs/promises'
import type { ConfigWarning } from '../config/faults.ts'
import { InputError } from '../errors.ts'
import type { Host } from '../host.ts'

/** Reads a text file that a user names in an input. */
export async function readUserFile(
  host: Host,
  key: string,
  file: string,
): Promise<{ readonly file: string; readonly text: string }> {
  try {
    return { file, text: await readFile(file, 'utf8') }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const why = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : 'cannot be read'
    throw new InputError(`${host.spelling(key)}: the file "${file}" ${why}.`, { cause })
  }
}

export function showWarnings(host: Host, warnings: readonly ConfigWarning[]): void {
  for (const { message, position } of warnings) host.log.warning(message, position)
}
