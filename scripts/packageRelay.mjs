// Lays out the relay as a function app, as a folder and as the zip file that is deployed: host.json, the bundle for
// Azure Functions' programming model v4, and the rules. Nothing is installed there.
//
//   node scripts/packageRelay.mjs --rules triggers.yml [--out release/relay]
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { zipSync } from 'fflate'
import { licencesOf } from './azure/licences.mjs'
import { freshFolder } from './freshFolder.mjs'
import { leanPackages } from './leanPackages.mjs'
import { onlyWhatIsUsed } from './onlyWhatIsUsed.mjs'
import { requireInEsm } from './requireInEsm.mjs'
import { textImports } from './textImports.mjs'

const { values } = parseArgs({
  options: { rules: { type: 'string' }, out: { type: 'string', default: 'release/relay' } },
})
if (values.rules === undefined || !existsSync(values.rules)) {
  console.error(
    values.rules === undefined
      ? 'Say which rules the relay is to follow: --rules triggers.yml'
      : `There is no file "${values.rules}".`,
  )
  process.exit(2)
}
const rules = resolve(values.rules)
const out = resolve(values.out)
const repository = dirname(dirname(fileURLToPath(import.meta.url)))
freshFolder(out, { mark: 'host.json', keep: [rules, repository, process.cwd()] })
process.chdir(repository)

const { metafile } = await build({
  entryPoints: { app: 'relay/hosts/functionApp.ts' },
  outdir: out,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  loader: textImports.loader,
  plugins: [...textImports.plugins, leanPackages, onlyWhatIsUsed],
  // Azure's worker gives the app the first itself; the other is of operations, which a relay does not run.
  external: ['@azure/functions-core', 'dockerode'],
  banner: { js: requireInEsm },
  metafile: true,
  logLevel: 'warning',
})
cpSync('relay/deploy/host.json', join(out, 'host.json'))
cpSync(rules, join(out, 'triggers.yml'))
cpSync('LICENSE', join(out, 'LICENSE'))
writeFileSync(join(out, 'THIRD-PARTY-LICENSES.txt'), licencesOf([metafile], 'The relay of azureml-cd contains'))
const { name, version, license } = JSON.parse(readFileSync('package.json', 'utf8'))
writeFileSync(
  join(out, 'package.json'),
  `${JSON.stringify({ name: `${name}-relay`, version, license, private: true, type: 'module', main: 'app.mjs' }, null, 2)}\n`,
)

const files = readdirSync(out, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name: file }) => join(parentPath, file))
  .sort()
const archive = zipSync(
  Object.fromEntries(files.map((file) => [file.slice(out.length + 1).replaceAll('\\', '/'), readFileSync(file)])),
  // The same files are the same archive.
  { level: 9, mtime: new Date(1980, 0, 1) },
)
writeFileSync(`${out}.zip`, archive)
console.log(`${values.out}.zip: ${files.length} files, ${(archive.length / 2 ** 20).toFixed(1)} MiB`)
