// Bundles the Azure Pipelines tasks: each into a folder that is complete in itself, because the agent downloads them one
// by one and installs nothing.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { leanPackages } from './leanPackages.mjs'
import { onlyWhatIsUsed } from './onlyWhatIsUsed.mjs'
import { requireInEsm } from './requireInEsm.mjs'
import { textImports } from './textImports.mjs'

/**
 * Bundles one task, and answers with what esbuild knows of it.
 * @param {{ entry: string, folder: string }} task
 */
export async function bundleTask({ entry, folder }) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { metafile } = await build({
    entryPoints: { index: entry },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'late/[name]-[hash]',
    // Readable where it runs: a stack trace names functions, and what is there can be compared with the sources.
    minify: false,
    legalComments: 'none',
    metafile: true,
    external: ['dockerode', 'azurite'],
    banner: { js: requireInEsm },
    loader: textImports.loader,
    plugins: [...textImports.plugins, leanPackages, onlyWhatIsUsed],
    logLevel: 'warning',
  })
  dropUnreachable(metafile, join(folder, 'index.mjs'))
  // The agent's library looks for its texts beside the program.
  copyFileSync('node_modules/azure-pipelines-task-lib/lib.json', join(folder, 'lib.json'))
  return metafile
}

/**
 * esbuild writes a file for everything that is imported late anywhere, also where what imports it was left out.
 * @param {import('esbuild').Metafile} metafile
 * @param {string} entry
 */
function dropUnreachable(metafile, entry) {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [resolve(path), output]))
  const reached = new Set()
  /** @param {string} path */
  const visit = (path) => {
    if (reached.has(path)) return
    reached.add(path)
    for (const { path: other, external } of outputs.get(path)?.imports ?? []) if (!external) visit(resolve(other))
  }
  visit(resolve(entry))
  for (const path of outputs.keys()) if (!reached.has(path)) rmSync(path)
}
