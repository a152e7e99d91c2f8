// Packages the Azure DevOps extension: bundles every task into a folder that is complete in itself, and has tfx-cli make
// a VSIX of them. Needs no network.
//
//   node scripts/azure/package.mjs [--development] [--out DIR]
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleTask } from '../bundleTasks.mjs'
import { licencesOf } from './licences.mjs'
import { sbomOf } from './sbom.mjs'

process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

const { values } = parseArgs({
  options: { development: { type: 'boolean', default: false }, out: { type: 'string', default: 'dist/azure' } },
})
const { development, out } = values

/** The development extension stands beside the other one in an organisation: it has names and ids of its own. */
const developmentIds = development ? await idsOfDevelopment() : new Map()
const stage = join(out, development ? 'development' : 'production')
rmSync(stage, { recursive: true, force: true })
mkdirSync(stage, { recursive: true })

const tasks = readdirSync('tasks', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join('tasks', entry.name, 'task.json')))
  .map(({ name }) => name)
const metafiles = []
for (const name of tasks) {
  const folder = join(stage, 'tasks', name)
  metafiles.push(await bundleTask({ entry: join('tasks', name, 'index.ts'), folder }))
  const ownIcon = join('tasks', name, 'icon.png')
  copyFileSync(existsSync(ownIcon) ? ownIcon : join('tasks', 'icon.png'), join(folder, 'icon.png'))
  const manifest = JSON.parse(readFileSync(join('tasks', name, 'task.json'), 'utf8'))
  writeJson(join(folder, 'task.json'), development ? inDevelopment(manifest) : manifest)
  start(join(folder, 'index.mjs'))
}

const extension = JSON.parse(readFileSync('vss-extension.json', 'utf8'))
writeJson(join(stage, 'vss-extension.json'), development ? extensionInDevelopment(extension) : extension)
copyFileSync('docs/azure-devops/overview.md', join(stage, 'overview.md'))
copyFileSync('LICENSE', join(stage, 'LICENSE.txt'))
copyFileSync('CHANGELOG.md', join(stage, 'CHANGELOG.md'))
copyFileSync('docs/azure-devops/logo.png', join(stage, 'logo.png'))
cpSync('docs/azure-devops/pictures', join(stage, 'pictures'), { recursive: true })
writeFileSync(join(stage, 'ThirdPartyNotices.txt'), licencesOf(metafiles))

const vsix = resolve(out, `azureml-cd${development ? '-dev' : ''}-${extension.version}.vsix`)
rmSync(vsix, { force: true })
const { status } = spawnSync(
  process.execPath,
  [
    resolve('node_modules/tfx-cli/_build/tfx-cli.js'),
    ...['extension', 'create', '--no-prompt', '--no-color', '--root', stage],
    ...['--manifests', 'vss-extension.json', '--output-path', vsix],
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
)
if (status !== 0) {
  console.error('tfx-cli could not make the extension; its message is above.')
  process.exit(status ?? 1)
}
writeJson(vsix.replace(/\.vsix$/, '.cdx.json'), sbomOf(metafiles, { name: extension.id, version: extension.version }))
console.log(vsix)

/** @param {string} file @param {unknown} value */
function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`)
}

/** Every bundle is run once: what it lacks shows as it loads (measured.md). Without inputs it must ask for the first. */
function start(/** @type {string} */ program) {
  const folder = mkdtempSync(join(tmpdir(), 'azureml-cd-start-'))
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [resolve(program)], {
      encoding: 'utf8',
      env: { AGENT_TEMPDIRECTORY: folder },
      cwd: folder,
    })
    if (!stdout.includes('connection is required') || !stdout.includes('##vso[task.complete result=Failed;]Bad input'))
      throw new Error(`${program} does not start:\n${stdout}${stderr}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {any} manifest */
function inDevelopment(manifest) {
  const id = developmentIds.get(manifest.id)
  if (!id) throw new Error(`${manifest.name} has no id for development.`)
  return { ...manifest, id, name: `${manifest.name}Dev`, friendlyName: `${manifest.friendlyName} (dev)` }
}

/** @param {any} extension */
function extensionInDevelopment(extension) {
  const text = JSON.stringify({
    ...extension,
    id: `${extension.id}-dev`,
    name: `${extension.name} (development)`,
    public: false,
    galleryFlags: ['Private', 'Preview'],
  })
  return JSON.parse([...developmentIds].reduce((left, [production, id]) => left.replaceAll(production, id), text))
}

async function idsOfDevelopment() {
  const { build } = await import('esbuild')
  const folder = mkdtempSync(join(resolve('.'), 'dist-ids-'))
  try {
    await build({
      entryPoints: ['tasks/manifest.ts'],
      bundle: true,
      outfile: join(folder, 'manifest.mjs'),
      format: 'esm',
    })
    const { taskManifest, artifactTask } = await import(pathToFileURL(join(folder, 'manifest.mjs')).href)
    return new Map([...Object.values(taskManifest), artifactTask].map(({ id }) => [id.production, id.development]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
