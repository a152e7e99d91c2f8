import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { bundledActions } from '../../actions/bundledActions.ts'
import { unzip } from './unzip.ts'

export interface UnpackedExtension {
  readonly vsix: string
  readonly folder: string
  readonly files: readonly string[]
}

/**
 * Packages the extension and unpacks what came of it, without a network: a registry that does not answer would show.
 * Done once for all test files that were bundled together, because it takes longer than most of them.
 */
export function unpackedExtension(kind: 'production' | 'development' = 'production'): UnpackedExtension {
  const bundled = dirname(bundledActions)
  const shared = join(bundled, `extension-${kind}`)
  if (!existsSync(shared)) {
    const own = mkdtempSync(join(bundled, 'extension-'))
    const vsix = packaged(own, kind)
    writeFileSync(join(own, 'files.json'), JSON.stringify(unzip(vsix, join(own, 'unpacked'))))
    try {
      renameSync(own, shared)
    } catch (error) {
      rmSync(own, { recursive: true, force: true })
      // Another test file was faster.
      if (!existsSync(shared)) throw error
    }
  }
  const vsix = readdirSync(shared).find((name) => name.endsWith('.vsix'))
  if (vsix === undefined) throw new Error(`There is no VSIX in ${shared}.`)
  const files = z.array(z.string()).parse(JSON.parse(readFileSync(join(shared, 'files.json'), 'utf8')))
  return { vsix: join(shared, vsix), folder: join(shared, 'unpacked'), files }
}

/** The path of the VSIX. */
function packaged(out: string, kind: 'production' | 'development'): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/azure/package.mjs', '--out', out, ...(kind === 'development' ? ['--development'] : [])],
    {
      encoding: 'utf8',
      env: { ...process.env, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NODE_OPTIONS: '' },
    },
  )
  if (status !== 0) throw new Error(`The extension was not packaged:\n${stdout}${stderr}`)
  return stdout.trim()
}
