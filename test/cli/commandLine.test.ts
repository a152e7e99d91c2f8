import test from 'ava'
import { environmentName } from '../../cli/host.ts'
import { inputMeta, kebabCase, version } from '../../core/index.ts'
import { loadAll } from '../../core/operations/index.ts'
import { product, runProgram } from './commandLine.ts'

const operations = await loadAll()

const cli = (...args: readonly string[]) => runProgram(product, args)

for (const words of [[], ['--help'], ['-h'], ['help']])
  test(`azureml-cd ${words.join(' ')} lists every operation and every exit code`, async (t) => {
    const { code, stdout, stderr } = await cli(...words)
    t.is(code, 0)
    t.is(stderr, '')
    for (const { name, summary } of operations) t.regex(stdout, new RegExp(`^ {2}${name} +${literally(summary)}$`, 'm'))
    t.regex(stdout, /^ {2}emulator +\S/m)
    t.regex(stdout, /^ {2}0 {2}done\n {2}1 {2}failed\n {2}2 {2}bad input\b.*\n {2}3 {2}refused\b/m)
    t.true(stdout.includes(environmentName('resourceGroup')))
  })

for (const operation of operations)
  test(`azureml-cd ${operation.name} --help explains every input and every output`, async (t) => {
    const { code, stdout, stderr } = await cli(operation.name, '--help')
    t.is(code, 0)
    t.is(stderr, '')
    for (const [key, input] of Object.entries(operation.inputs)) {
      const required = input.safeParse(undefined).success ? '' : ' Required\\.'
      const text = literally(inputMeta(input).description)
      t.regex(stdout, new RegExp(`^ {2}--${kebabCase(key)}( \\S+)?\n {8}${text}${required}$`, 'm'))
    }
    for (const [key, output] of Object.entries(operation.outputs)) {
      t.truthy(output.description, `The output ${key} has no description.`)
      t.regex(stdout, new RegExp(`^ {2}${key}\n {8}${literally(output.description ?? '')}$`, 'm'))
    }
    for (const flag of ['--json', '--debug']) t.regex(stdout, new RegExp(`^ {2}${flag}\n {8}\\S`, 'm'))
  })

test('help is the same in every place it can be asked for, and wins over faults', async (t) => {
  const { stdout } = await cli('update', '--help')
  for (const words of [
    ['help', 'update'],
    ['update', '-h'],
    ['update', '--servce', 'x', '--help'],
  ])
    t.deepEqual(await cli(...words), { code: 0, stdout, stderr: '' })
})

test('azureml-cd --version prints the version alone', async (t) => {
  t.deepEqual(await cli('--version'), { code: 0, stdout: `${version}\n`, stderr: '' })
})

const faults: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown operation', ['depoly'], /^Error: There is no operation "depoly"\. Did you mean "deploy"\?\n$/],
  ['an unknown operation that is near none', ['sing'], /^Error: There is no operation "sing"\. Known: .*\bupdate\b/],
  ['a misspelled flag without an operation', ['--verison'], /Did you mean "--version"\?/],
  ['an unknown operation after help', ['help', 'updat'], /Did you mean "update"\?/],
  ['an unknown flag', ['update', '--modle', 'x'], /^Error: update has no --modle\. Did you mean --model\?\n$/],
  ['an unknown flag in camel case', ['update', '--bakeSeconds', '5'], /Did you mean --bake-seconds\?/],
  ['an unknown flag that is near none', ['update', '--quadrature'], /has no --quadrature\. update --help lists/],
  ['an unknown short flag', ['update', '-q'], /update has no -q\./],
  ['a flag named as a property of every object', ['update', '--constructor', 'x'], /update has no --constructor\./],
  ['a value that is missing at the end', ['update', '--service'], /^Error: --service needs a value\.\n$/],
  [
    'a value that is missing before another flag',
    ['update', '--service', '--json'],
    /--service needs a value;.*--service=VALUE/,
  ],
  ['a word that belongs to nothing', ['update', 'diabetes'], /"diabetes" is not expected here/],
  ['a second value', ['update', '--service', 'one', 'two'], /--service takes one value; .*quotes/],
  [
    'a word after a flag that has none',
    ['update', '--dry-run', 'no'],
    /--dry-run takes no value; no is written --dry-run=false/,
  ],
  ['a value for --json', ['update', '--json=yes'], /--json takes no value\./],
  [
    'a flag that is neither true nor false',
    ['update', '--dry-run=maybe'],
    /--dry-run must be true or false \(given: "maybe"\)/,
  ],
  [
    'several unknown flags',
    ['update', '--modle=x', '--jsn'],
    /--modle\. Did you mean --model\?\n.*--jsn\. Did you mean --json\?/,
  ],
  ['an unknown flag of the emulator', ['emulator', '--prot', '1'], /emulator has no --prot\. Did you mean --port\?/],
  ['a port that is none', ['emulator', '--port', 'http'], /--port must be a number from 0 to 65535 \(given: "http"\)/],
  [
    'a port that is too large',
    ['emulator', '--port=65536'],
    /--port must be a number from 0 to 65535 \(given: "65536"\)/,
  ],
  ['a negative port', ['emulator', '--port', '-1'], /--port must be a number/],
  [
    'a runtime that is none',
    ['emulator', '--runtime', 'podman'],
    /--runtime must be auto, docker or process \(given: "podman"\)/,
  ],
  ['a location without a value', ['emulator', '--location'], /--location needs a value\./],
  ['a location that is the next flag', ['emulator', '--location', '--json'], /--location needs a value;/],
  ['a word to the emulator', ['emulator', 'start'], /"start" is not expected here/],
  [
    'faults of several emulator flags',
    ['emulator', '--port=x', '--runtime=y', '--z'],
    /--z\.[\s\S]*--port[\s\S]*--runtime/,
  ],
]
for (const [what, words, message] of faults)
  test(`${what} is bad input, told on standard error with what to do`, async (t) => {
    const { code, stdout, stderr } = await cli(...words)
    t.regex(stderr, message)
    t.is(code, 2)
    t.is(stdout, '')
  })

test('control characters of a word are not passed on to the terminal', async (t) => {
  const { stderr } = await cli('\u001b[2Jdepoly\u0007\n::error::x')
  t.notRegex(stderr, /[^\P{Cc}\n\t]|^::/mu)
})

test('the faults of all inputs are told before anybody signs in', async (t) => {
  const { code, stdout, stderr } = await cli('update', '--json', '--subscription-id', 'mine', '--bake-seconds', '-1')
  t.is(code, 2)
  t.is(stdout, '')
  for (const line of [
    '--subscription-id must be a GUID, as Azure names subscriptions (given: "mine")',
    '--resource-group is required',
    '--workspace is required',
    '--service is required',
    '--bake-seconds must be a number from 0 to 86400 (seconds) (given: "-1")',
  ])
    t.true(stderr.includes(`  - ${line}\n`), `${line}\n${stderr}`)
})

test('--help ends well when its reader goes away', async (t) => {
  const { code, stderr } = await runProgram('-e', [
    `const { spawnSync } = require('node:child_process')
     const { stderr } = spawnSync('sh', ['-c', '"$0" "$1" --help | head -c 1 >&2', process.execPath, ${JSON.stringify(product)}])
     process.stderr.write(stderr)`,
  ])
  t.is(code, 0)
  t.is(stderr, 'a')
})

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
