// Lays out what a release of the actions is: the manifests, the bundles and the licences, nothing else. GitHub's runner
// downloads the whole tree of a tag for every job, and runs it as it is.
//
//   node scripts/packageActions.mjs [--out release]
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { actionEntries, bundleActions } from './bundleActions.mjs'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } })
const { out } = values

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const entryPoints = actionEntries()
const metafile = await bundleActions({ entryPoints, outdir: join(out, 'dist/actions') })
const pages = ['github-actions', 'migration-from-aml-actions', 'operations', 'release-engineers']
for (const file of ['action.yml', 'LICENSE', 'examples/github', ...pages.map((page) => `docs/${page}.md`)])
  cpSync(file, join(out, file), { recursive: true })
writeFileSync(
  join(out, 'README.md'),
  '# azureml-cd\n\nThe built actions. How they are used: [docs/github-actions.md](docs/github-actions.md).\n',
)
for (const name of Object.keys(entryPoints)) {
  mkdirSync(join(out, 'actions', name), { recursive: true })
  cpSync(join('actions', name, 'action.yml'), join(out, 'actions', name, 'action.yml'))
}
writeFileSync(join(out, 'dist/THIRD-PARTY-LICENSES.txt'), licences(Object.keys(metafile.inputs)))
console.log(`${out}: ${Object.keys(entryPoints).length} actions, ${(bytesIn(out) / 2 ** 20).toFixed(1)} MiB`)

/**
 * The licence of every package of which something is in the bundles.
 * @param {string[]} inputs
 */
function licences(inputs) {
  const folders = new Set(
    inputs.flatMap((input) => /^(?:.*?:)?((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  )
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
      const text = file === undefined ? 'The package comes without the text.' : readFileSync(join(folder, file), 'utf8')
      return `${name} ${version} (${license})\n\n${text.trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** @param {string} folder @returns {number} */
function bytesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0)
}
