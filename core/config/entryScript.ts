import { staysInside } from './relativePath.ts'

const pythonKeywords = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
)

/**
 * Why a path cannot name an entry script, as the end of a sentence; undefined when it can. The server imports the
 * script as a module, so that its file name must be one (v1-surface.md 1.2).
 */
export function entryScriptFault(path: string, sourceDirectory: string | undefined): string | undefined {
  if (!path.endsWith('.py')) return 'the path of a Python file (.py) is required'
  const module = path.slice(path.lastIndexOf('/') + 1, -'.py'.length)
  if (!/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(module))
    return 'a file name that Python can import (letters, digits and "_", no digit first) is required'
  if (pythonKeywords.has(module)) return `a file name that Python can import is required, and "${module}" is a keyword`
  if (sourceDirectory !== undefined && !staysInside(path)) return 'a path inside sourceDirectory is required'
  return undefined
}
