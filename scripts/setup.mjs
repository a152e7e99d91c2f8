// Makes a fresh clone ready: installs the locked packages when they are not there, then bundles.
// Plain JavaScript without dependencies, because it runs before there are any.
//
//   node scripts/setup.mjs [--tests] [--bench] [--out DIR] [TEST FOLDER …]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))

const { values, positionals } = parseArgs({
  options: {
    tests: { type: 'boolean', default: false },
    bench: { type: 'boolean', default: false },
    out: { type: 'string', default: 'dist' },
  },
  allowPositionals: true,
})

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`azureml-cd needs Node.js 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(2)
}

const lock = createHash('sha256').update(readFileSync('package-lock.json')).update(process.version).digest('hex')
const stamp = join('node_modules', '.azureml-cd-lock')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing the locked packages (first run only) …')
  const install = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (install.status !== 0) {
    console.error('The packages could not be installed: `npm ci` failed, its message is above.')
    process.exit(install.status ?? 1)
  }
  writeFileSync(stamp, lock)
}

const { bundle } = await import('./bundle.mjs')
await bundle({ ...values, testFolders: positionals.length > 0 ? positionals : ['test'] })
