import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzip } from './unzip.ts'

export interface UnpackedExtension {
  readonly vsix: string
  readonly folder: string
  readonly files: readonly string[]
}

/** Packages the extension and unpacks what came of it, without a network: a registry that does not answer would show. */
export function unpackedExtension(...options: readonly string[]): UnpackedExtension {
  const out = mkdtempSync(join(tmpdir(), 'azureml-cd-vsix-'))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/azure/package.mjs', '--out', out, ...options],
    {
      encoding: 'utf8',
      env: { ...process.env, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NODE_OPTIONS: '' },
    },
  )
  if (status !== 0) throw new Error(`The extension was not packaged:\n${stdout}${stderr}`)
  const vsix = stdout.trim()
  const folder = join(out, 'unpacked')
  return { vsix, folder, files: unzip(vsix, folder) }
}
