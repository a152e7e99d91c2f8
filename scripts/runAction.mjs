// Runs an action from its source against the embedded workspace, as GitHub's runner would, and shows what came of it.
//
//   npm run action -- register --input name=diabetes --input path=examples/diabetes/models/v1 [--location DIR]
//
// With --location the workspace keeps what it holds, so that the next action finds what this one made.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'

/** @type {Set<string>} */
const masks = new Set()
const { action, given, location } = readArguments()
const { inputs: known = {}, runs } = parse(readFileSync(join('actions', action, 'action.yml'), 'utf8'))
const unknown = Object.keys(given).filter((name) => !(name in known))
if (unknown.length > 0)
  fail(`The action "${action}" has no input ${unknown.join(', ')}. It has ${Object.keys(known).join(', ')}.`)

const folder = mkdtempSync(join(tmpdir(), 'azureml-cd-action-'))
const kept = location === undefined ? [] : ['--location', location]
const emulator = spawn(process.execPath, ['dist/azureml-cd.js', 'emulator', '--json', ...kept], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const variables = await variablesOf(emulator)
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, ...workspace } = variables
  // The runner hands over the defaults of the manifest too.
  const defaults = Object.entries(known).flatMap(([name, input]) =>
    input.default === undefined ? [] : [[name, input.default]],
  )
  const signIn =
    'client-secret' in known
      ? { 'tenant-id': AZURE_TENANT_ID, 'client-id': AZURE_CLIENT_ID, 'client-secret': AZURE_CLIENT_SECRET }
      : {}
  const environment = {
    ...{ ...process.env, ...workspace, RUNNER_TEMP: folder, GITHUB_WORKSPACE: process.cwd() },
    ...Object.fromEntries(
      Object.entries({ ...Object.fromEntries(defaults), ...signIn, ...given }).map(([name, value]) => [
        `INPUT_${name.toUpperCase()}`,
        value,
      ]),
    ),
  }
  const main = await step(runs.main, environment)
  process.exitCode = main.code
  console.log(`\n== outputs\n${shown(main.outputs)}\n\n== summary\n${main.summary.trim()}`)
  if (runs.post) {
    const state = Object.fromEntries(Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value]))
    const post = await step(runs.post, { ...environment, ...state })
    if (post.summary) console.log(`\n== summary of the post step\n${post.summary.trim()}`)
  }
} finally {
  if (emulator.exitCode === null && emulator.signalCode === null) {
    emulator.kill()
    await once(emulator, 'close')
  }
  rmSync(folder, { recursive: true, force: true })
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { input: { type: 'string', multiple: true, default: [] }, location: { type: 'string' } },
      allowPositionals: true,
    })
    const names = readdirSync('actions').filter((name) => existsSync(join('actions', name, 'action.yml')))
    const [action = '', ...more] = positionals
    if (!names.includes(action) || more.length > 0)
      fail(
        `Say one action: ${names.join(', ')}.\nUsage: npm run action -- ACTION [--input NAME=VALUE]… [--location DIR]`,
      )
    const pairs = values.input.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) fail(`--input is NAME=VALUE (given: ${JSON.stringify(pair)}).`)
      return [pair.slice(0, at).trim(), pair.slice(at + 1)]
    })
    return { action, given: Object.fromEntries(pairs), location: values.location }
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`Error: ${message}`)
  process.exit(2)
}

/** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, null>} started */
async function variablesOf(started) {
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: started.stdout }).once('line', resolve)
    started.once('exit', (code) => reject(new Error(`The embedded workspace ended with ${code}.`)))
  })
  const { envFile } = JSON.parse(line)
  return Object.fromEntries(
    [...readFileSync(envFile, 'utf8').matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  )
}

/**
 * One program of the action, with the files that the runner reads after it.
 * @param {string} program as the manifest has it
 * @param {NodeJS.ProcessEnv} environment
 */
async function step(program, environment) {
  const names = ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'ENV', 'PATH']
  const files = Object.fromEntries(names.map((name) => [`GITHUB_${name}`, join(folder, name)]))
  for (const file of Object.values(files)) writeFileSync(file, '')
  const child = spawn(process.execPath, ['--enable-source-maps', join('actions', action, program)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...environment, ...files },
  })
  createInterface({ input: child.stdout }).on('line', show)
  const [code] = await once(child, 'close')
  /** @param {string} name */
  const text = (name) => readFileSync(join(folder, name), 'utf8')
  return { code, outputs: pairsIn(text('OUTPUT')), state: pairsIn(text('STATE')), summary: text('STEP_SUMMARY') }
}

/** As the page of a job shows it: without what is only for those who look for a fault, and with secrets masked. @param {string} line */
function show(line) {
  const mask = /^::add-mask::(.*)$/.exec(line)?.[1]
  if (mask) masks.add(mask.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%'))
  else if (!line.startsWith('::debug::') || process.env.RUNNER_DEBUG === '1')
    console.log([...masks].reduce((text, secret) => text.replaceAll(secret, '***'), line))
}

/** `NAME<<DELIMITER`, the value's lines, `DELIMITER`. @param {string} text @returns {Record<string, string>} */
function pairsIn(text) {
  return Object.fromEntries(
    [...text.matchAll(/^(.+?)<<(ghadelimiter_\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name, , value]) => [name, value]),
  )
}

/** @param {Record<string, string>} outputs */
function shown(outputs) {
  return Object.entries(outputs)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}
