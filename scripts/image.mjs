// Builds the image of the embedded workspace with the Docker engine that the command `docker` speaks to.
//
//   node scripts/image.mjs [--tag NAME] [--base IMAGE]
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { values } = parseArgs({
  options: { tag: { type: 'string', default: 'azureml-cd-emulator' }, base: { type: 'string' } },
})

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
  const bundle = join(context, 'bundle')
  run(process.execPath, ['scripts/setup.mjs', '--out', bundle])
  for (const part of ['azureml-cd.js', 'chunks']) cpSync(join(bundle, part), join(context, part), { recursive: true })
  rmSync(bundle, { recursive: true })
  for (const folder of installed('azurite', '.', new Set()))
    cpSync(folder, join(context, folder), {
      recursive: true,
      filter: (path) => path === folder || !path.slice(folder.length).includes('node_modules'),
    })
  cpSync('LICENSE', join(context, 'LICENSE'))
  writeFileSync(join(context, 'package.json'), '{ "type": "module" }\n')
  const base = values.base === undefined ? [] : ['--build-arg', `BASE=${values.base}`]
  run('docker', ['build', '--tag', values.tag, ...base, '--file', 'emulator/Dockerfile', context])
} finally {
  rmSync(context, { recursive: true, force: true })
}
