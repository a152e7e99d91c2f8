// Builds the image of the embedded workspace, or of the relay, with the Docker engine that the command `docker` speaks to.
//
//   node scripts/image.mjs [--of emulator|relay] [--tag NAME] [--base IMAGE] [--bundle DIR]
//
// With --bundle, what is there already is taken instead of being bundled again.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { values } = parseArgs({
  options: {
    of: { type: 'string', default: 'emulator' },
    tag: { type: 'string' },
    base: { type: 'string' },
    bundle: { type: 'string' },
  },
})
/** @type {Readonly<Record<string, { readonly dockerfile: string, readonly packages: readonly string[] }>>} */
const images = {
  emulator: { dockerfile: 'emulator/Dockerfile', packages: ['azurite'] },
  relay: { dockerfile: 'relay/deploy/Dockerfile', packages: [] },
}
const image = images[values.of]
if (!image) {
  console.error(`--of must be ${Object.keys(images).join(' or ')} (given: "${values.of}").`)
  process.exit(2)
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/**
 * The folders of a package and of all that it needs, as they are installed.
 * @param {string} name @param {string} from @param {Set<string>} found
 */
function installed(name, from, found) {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) {
      if (found.has(place)) return found
      found.add(place)
      const { dependencies = {} } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
      for (const needed of Object.keys(dependencies)) installed(needed, place, found)
      return found
    }
    if (folder === '.') throw new Error(`The package ${name}, which ${from} needs, is not installed.`)
  }
}

const context = mkdtempSync('dist-image-')
try {
  const bundle = values.bundle ?? join(context, 'bundle')
  if (values.bundle === undefined) run(process.execPath, ['scripts/setup.mjs', '--out', bundle])
  for (const part of ['azureml-cd.js', 'chunks']) cpSync(join(bundle, part), join(context, part), { recursive: true })
  if (values.bundle === undefined) rmSync(bundle, { recursive: true })
  for (const name of image.packages)
    for (const folder of installed(name, '.', new Set()))
      cpSync(folder, join(context, folder), {
        recursive: true,
        filter: (path) => path === folder || !path.slice(folder.length).includes('node_modules'),
      })
  cpSync('LICENSE', join(context, 'LICENSE'))
  writeFileSync(join(context, 'package.json'), '{ "type": "module" }\n')
  const base = values.base === undefined ? [] : ['--build-arg', `BASE=${values.base}`]
  run('docker', [
    'build',
    '--tag',
    values.tag ?? `azureml-cd-${values.of}`,
    ...base,
    '--file',
    image.dockerfile,
    context,
  ])
} finally {
  rmSync(context, { recursive: true, force: true })
}
