// Writes every file of this repository that is made from the operations: see scripts/generate/generatedFiles.ts.
//
//   node scripts/generate.mjs
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { textImports } from './textImports.mjs'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))

// Within this folder, so that packages are found.
const folder = mkdtempSync('dist-generate-')
try {
  await build({
    entryPoints: ['scripts/generate/generatedFiles.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    ...textImports,
    logLevel: 'warning',
  })
  const { generatedFiles } = await import(pathToFileURL(join(folder, 'generatedFiles.js')).href)
  for (const [path, text] of await generatedFiles()) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    console.log(path)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
