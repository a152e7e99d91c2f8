// Bundles the sources into dist/: the product as self-contained ESM, the tests with packages left outside.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { actionEntries, bundleActions } from './bundleActions.mjs'
import { leanPackages } from './leanPackages.mjs'
import { onlyWhatIsUsed } from './onlyWhatIsUsed.mjs'
import { requireInEsm } from './requireInEsm.mjs'
import { textImports } from './textImports.mjs'

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  ...textImports,
  plugins: [...textImports.plugins, leanPackages, onlyWhatIsUsed],
  logLevel: 'warning',
  sourcemap: 'linked',
}

/** Packages that are not bundled: Azurite is a program of its own, dockerode's SSH has native parts. */
const external = ['azurite', 'dockerode']

const engines = ['bench/uploadProgram.ts', 'bench/digestProgram.ts'].map((file) => join(file))

/** @param {{ tests: boolean, bench: boolean, out: string, testFolders: string[] }} what */
export async function bundle({ tests, bench, out, testFolders }) {
  rmSync(out, { recursive: true, force: true })
  const product = { 'azureml-cd': 'cli/main.ts', demo: 'examples/diabetes/demo.ts' }
  await build({
    ...shared,
    entryPoints: Object.fromEntries(Object.entries(product).filter(([, file]) => existsSync(file))),
    outdir: out,
    chunkNames: 'chunks/[name]-[hash]',
    external,
    banner: { js: requireInEsm },
  })
  await bundleActions({ entryPoints: actionEntries(), outdir: join(out, 'actions') })
  // What the benchmarks run of the product is bundled as the product is; it starts faster so.
  if (bench)
    await build({
      ...shared,
      entryPoints: engines,
      outbase: '.',
      outdir: out,
      chunkNames: 'bench/chunks/[name]-[hash]',
      external,
      banner: { js: requireInEsm },
    })
  const entryPoints = [
    ...(tests ? testFolders.flatMap((folder) => filesBelow(folder, '.test.ts')) : []),
    // What scripts/test.mjs runs after the tests.
    ...(tests ? ['test/emulator/contract/exchangeReport.ts'] : []),
    ...(bench ? filesBelow('bench', '.ts').filter((file) => !engines.includes(file)) : []),
  ]
  if (entryPoints.length > 0)
    await build({
      ...shared,
      entryPoints,
      outbase: '.',
      outdir: out,
      chunkNames: 'test/chunks/[name]-[hash]',
      packages: 'external',
    })
}

/**
 * @param {string} path a folder, or one file
 * @param {string} ending
 */
function filesBelow(path, ending) {
  if (path.endsWith(ending)) return [path]
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, String(name)))
    .filter((name) => name.endsWith(ending))
}
