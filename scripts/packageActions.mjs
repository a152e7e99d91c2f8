// Lays out what a release of the actions is: the manifests, the bundles, the licences and a list of the
// packages that are in them, nothing else. GitHub's runner
// downloads the whole tree of a tag for every job, and runs it as it is.
//
//   node scripts/packageActions.mjs [--out release]
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { licencesOf } from './azure/licences.mjs'
import { sbomOf } from './azure/sbom.mjs'
import { actionEntries, bundleActions } from './bundleActions.mjs'
import { freshFolder } from './freshFolder.mjs'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } })
const { out } = values

freshFolder(resolve(out), { mark: 'action.yml', keep: [process.cwd()] })
const entryPoints = actionEntries()
// The post step has no manifest of its own: those of the actions that have one name it.
const actions = Object.keys(entryPoints).filter((name) => existsSync(join('actions', name, 'action.yml')))
const metafile = await bundleActions({ entryPoints, outdir: join(out, 'dist/actions') })
const pages = ['github-actions', 'migration-from-aml-actions', 'operations', 'release-engineers']
for (const file of ['action.yml', 'LICENSE', 'examples/github', ...pages.map((page) => `docs/${page}.md`)])
  cpSync(file, join(out, file), { recursive: true })
writeFileSync(
  join(out, 'README.md'),
  '# azureml-cd\n\nThe built actions. How they are used: [docs/github-actions.md](docs/github-actions.md).\n',
)
for (const name of actions) {
  mkdirSync(join(out, 'actions', name), { recursive: true })
  cpSync(join('actions', name, 'action.yml'), join(out, 'actions', name, 'action.yml'))
}
// What a plugin loads has the plugin's name before its path.
const inputs = Object.entries(metafile.inputs).map(([path, input]) => [path.replace(/^[a-z-]+:/, ''), input])
const contents = { ...metafile, inputs: Object.fromEntries(inputs) }
writeFileSync(join(out, 'dist/THIRD-PARTY-LICENSES.txt'), licencesOf([contents], 'The actions of azureml-cd contain'))
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const sbom = sbomOf([contents], { name: 'azureml-cd-actions', version })
writeFileSync(join(out, 'sbom.cdx.json'), `${JSON.stringify(sbom, undefined, 2)}\n`)
console.log(`${out}: ${actions.length} actions, ${(bytesIn(out) / 2 ** 20).toFixed(1)} MiB`)

/** @param {string} folder @returns {number} */
function bytesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0)
}
