import { join } from 'node:path'
import { UserError } from '../errors.ts'

/**
 * Where a blob of this relative name belongs below a folder. Throws a UserError for names that would lead elsewhere, on
 * any operating system: a name is somebody else's text.
 */
export function safePath(folder: string, name: string): string {
  const parts = name.split('/')
  const leadsAway =
    name === '' ||
    /[\\\0]/.test(name) ||
    /^[a-z]:/i.test(name) ||
    parts.some((part) => part === '' || part === '.' || part === '..')
  if (leadsAway)
    throw new UserError(
      `The name "${name}" in the datastore does not name a file below a folder; nothing was downloaded.`,
      {
        hint: 'Whoever wrote it may have meant to write elsewhere on this machine.',
      },
    )
  return join(folder, ...parts)
}
