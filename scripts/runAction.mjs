// Runs an action from its source against the embedded workspace, as GitHub's runner would, and shows what came of it.
//
//   npm run action -- register --input name=diabetes --input path=examples/diabetes/models/v1 [--location DIR]
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { input: { type: 'string', multiple: true, default: [] }, location: { type: 'string' } },
  allowPositionals: true,
})
const [action = ''] = positionals
const bundle = join('dist/actions', `${action}.mjs`)
if (!existsSync(bundle)) {
  console.error(`There is no action "${action}".`)
  process.exit(2)
}
const inputs = values.input.map((pair) => {
  const at = pair.indexOf('=')
  return [`INPUT_${pair.slice(0, at).toUpperCase()}`, pair.slice(at + 1)]
})

const folder = mkdtempSync(join(tmpdir(), 'azureml-cd-action-'))
const kept = values.location === undefined ? [] : ['--location', values.location]
const emulator = spawn(process.execPath, ['dist/azureml-cd.js', 'emulator', '--json', ...kept], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const [line] = await new Promise((resolve, reject) => {
    createInterface({ input: emulator.stdout }).once('line', (first) => resolve([first]))
    emulator.once('exit', (code) => reject(new Error(`The embedded workspace ended with ${code}.`)))
  })
  const { envFile } = JSON.parse(line)
  const variables = Object.fromEntries(
    [...readFileSync(envFile, 'utf8').matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  )
  const files = Object.fromEntries(
    ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'ENV', 'PATH'].map((name) => [`GITHUB_${name}`, join(folder, name)]),
  )
  for (const file of Object.values(files)) writeFileSync(file, '')
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, ...workspace } = variables
  const signIn = {
    'INPUT_TENANT-ID': AZURE_TENANT_ID,
    'INPUT_CLIENT-ID': AZURE_CLIENT_ID,
    'INPUT_CLIENT-SECRET': AZURE_CLIENT_SECRET,
  }
  const step = spawn(process.execPath, ['--enable-source-maps', bundle], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...{ ...workspace, ...files, ...signIn, RUNNER_TEMP: folder, GITHUB_WORKSPACE: process.cwd() },
      ...Object.fromEntries(inputs),
    },
  })
  process.exitCode = await new Promise((resolve) => step.once('close', resolve))
  for (const name of ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'])
    console.log(`\n== ${name}\n${readFileSync(files[name] ?? '', 'utf8').trim()}`)
} finally {
  emulator.kill()
  rmSync(folder, { recursive: true, force: true })
}
