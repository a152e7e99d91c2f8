// Makes a fresh clone ready: installs the locked packages when they are not there, then bundles.
// Plain JavaScript without dependencies, because it runs before there are any.
//
//   node scripts/setup.mjs [--tests] [--bench] [--out DIR] [TEST FOLDER …]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
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
const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
if (!isInstalled()) {
  // Two installations at once would each delete what the other has put there.
  const busy = '.azureml-cd-installing'
  const isOld = () => Date.now() - (statSync(busy, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 300_000
  for (;;) {
    try {
      mkdirSync(busy)
      break
    } catch {
      if (isOld()) rmSync(busy, { recursive: true, force: true })
      else await pause(500)
    }
  }
  try {
    if (!isInstalled()) install()
  } finally {
    rmSync(busy, { recursive: true, force: true })
  }
}

function install() {
  console.error('Installing the locked packages (first run only) …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status === 0) writeFileSync(stamp, lock)
  else {
    console.error('The packages could not be installed: `npm ci` failed, its message is above.')
    process.exitCode = status ?? 1
  }
}
if (!isInstalled()) process.exit()

const { bundle } = await import('./bundle.mjs')
await bundle({ ...values, testFolders: positionals.length > 0 ? positionals : ['test'] })
