import { renameSync, writeFileSync } from 'node:fs'

/**
 * A file of `export NAME='value'` lines, readable by the owner only, that a shell reads with `. <file>`: it holds
 * secrets, which command lines must not.
 */
export function environmentFile(path: string, variables: Readonly<Record<string, string>>): void {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
  writeFileSync(`${path}.new`, `${lines.join('\n')}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
