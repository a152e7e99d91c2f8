import test from 'ava'
import { z } from 'zod'
import { environmentName } from '../../cli/host.ts'
import { exitCodes } from '../../cli/run.ts'
import { kebabCase, type Outcome } from '../../core/index.ts'
import { hostContract, type Line } from '../hosts/contract.ts'
import { address } from '../hosts/fixtureOperations.ts'
import { obeyed } from '../hosts/hostile.ts'
import { type Ended, fixtureProgram, runProgram } from './commandLine.ts'

const program = fixtureProgram()
const spelling = (key: string) => `--${kebabCase(key)}`
const flagsOf = (inputs: Readonly<Record<string, string>>) =>
  Object.entries(inputs).map(([key, value]) => `${spelling(key)}=${value}`)

for (const [way, given] of [
  ['flags', (inputs: Readonly<Record<string, string>>) => ({ args: flagsOf(inputs), environment: {} })],
  [
    'environment variables',
    (inputs: Readonly<Record<string, string>>) => ({
      args: [],
      environment: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [environmentName(key), value])),
    }),
  ],
] as const)
  hostContract({
    name: `command line with ${way}`,
    spelling,
    async run(t, { operation, inputs, cancelAt }) {
      const { args, environment } = given(inputs)
      let cancelled = false
      const ended = await runProgram(await program, [operation, '--json', '--debug', ...args], {
        environment,
        whenPrinted(printed, child) {
          if (cancelAt && !cancelled && printed.includes(`${cancelAt}\n`)) cancelled = child.kill('SIGTERM')
        },
      })
      t.is(ended.stdout.split('\n').length - 1, ended.stdout === '' ? 0 : 1, 'At most one line on standard output.')
      const outputs = z.record(z.string(), z.unknown()).parse(JSON.parse(ended.stdout || '{}'))
      return {
        outcome: outcomeOf(ended),
        lines: ended.stderr.split('\n').map(lineOf),
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([key, value]) => [
            key,
            typeof value === 'string' ? value : JSON.stringify(value),
          ]),
        ),
        printed: ended.stdout + ended.stderr,
      }
    },
  })

function outcomeOf({ code }: Ended): Outcome['kind'] {
  const found = (['done', 'failed', 'bad-input', 'refused'] as const).find((kind) => exitCodes[kind] === code)
  if (found === undefined) throw new Error(`${code} is no exit code of the command line.`)
  return found
}

/** Reads a line as a person does: indented twice for each group, `Error: FILE:LINE: …` for what is wrong. */
function lineOf(line: string): Line {
  const [, indent = '', label, position, text = ''] =
    /^((?: {2})*)(?:(Warning|Error): (?:(\S+\.\w+(?::\d+)?): )?)?(.*)$/.exec(line) ?? []
  const [file, number] = position?.split(':') ?? []
  return {
    kind: label === 'Warning' ? 'warning' : label === 'Error' ? 'error' : 'info',
    text,
    depth: indent.length / 2,
    ...(file === undefined ? {} : { position: { file, ...(number === undefined ? {} : { line: Number(number) }) } }),
  }
}

test('without --json the outputs follow the log on standard output, one a line', async (t) => {
  const ended = await runProgram(await program, ['echo', ...flagsOf({ ...address, modelName: 'ridge', tags: 'a=1' })])
  t.deepEqual(ended, {
    code: 0,
    stdout: 'modelName: ridge\ntags: {"a":"1"}\nservices: []\ntakeOver: false\nfollowUp: none\nbakeSeconds: 60\n',
    stderr: '',
  })
})

test('without --json log and groups are on standard output, warnings and errors on standard error', async (t) => {
  const { code, stdout, stderr } = await runProgram(await program, ['talk', ...flagsOf(address)])
  t.is(code, 0)
  t.is(stderr, '  Warning: score.py:7: mind the gap\nError: model.json: mind the door\n')
  t.regex(stdout, /^before the group\nThe group\n {2}in the group\n {2}and its second line\n/)
  t.regex(stdout, /Upload: 4\.0 MiB of 4\.0 MiB \(100 %\)\n/)
})

test('debug lines are shown with --debug only', async (t) => {
  const secrets = { apiKey: 'a secret', found: 'another one' }
  const args = ['leak', ...flagsOf({ ...address, ...secrets })]
  t.false((await runProgram(await program, args)).stderr.includes('debug ***'))
  t.true((await runProgram(await program, [...args, '--debug'])).stderr.includes('debug ***'))
})

test('a flag goes before its environment variable, and an empty flag leaves it in force', async (t) => {
  const environment = { AZUREML_CD_MODEL_NAME: 'fromhere', AZUREML_CD_MOTTO: 'from there' }
  const args = ['echo', '--json', ...flagsOf(address), '--model-name', 'flag', '--motto', '']
  const { stdout } = await runProgram(await program, args, { environment })
  t.like(JSON.parse(stdout), { modelName: 'flag', motto: 'from there' })
})

test('of a flag given twice the last one counts; pairs and lists grow', async (t) => {
  const twice = ['--model-name', 'one', '--model-name', 'two', '--take-over', '--take-over=false']
  const growing = [
    '--tags',
    'a=1,b=2',
    '--tags',
    'c=x\nd=y, z',
    '--tags=',
    '--services',
    'one',
    '--services',
    'two,three',
  ]
  const { stdout, stderr } = await runProgram(await program, [
    'echo',
    '--json',
    ...flagsOf(address),
    ...twice,
    ...growing,
  ])
  t.is(stderr, '')
  t.like(JSON.parse(stdout), {
    modelName: 'two',
    takeOver: false,
    tags: { a: '1', b: '2', c: 'x', d: 'y, z' },
    services: ['one', 'two', 'three'],
  })
})

test('a key that two values of a flag give differently is a fault', async (t) => {
  const args = ['echo', ...flagsOf({ ...address, modelName: 'ridge' }), '--tags', 'a=1', '--tags', 'a=2']
  const { code, stderr } = await runProgram(await program, args)
  t.is(code, 2)
  t.regex(stderr, /--tags must be key=value pairs, but "a" is there twice/)
})

test('what a misspelled flag of a secret was given is not repeated', async (t) => {
  for (const words of [
    ['--api-kye', 'c0rrect-h0rse'],
    ['--api-kye=c0rrect-h0rse'],
    ['--api-key', 'c0rrect', 'h0rse', 'battery'],
  ]) {
    const { code, stderr } = await runProgram(await program, ['echo', ...words])
    t.is(code, 2)
    t.regex(stderr, /--api-k/)
    t.notRegex(stderr, /c0rrect|h0rse|battery/)
  }
})

test("the secrets of Azure's own variables are masked, and none is an input's business", async (t) => {
  const environment = { AZURE_CLIENT_SECRET: 'c0rrect-h0rse' }
  const inputs = { ...address, modelName: 'ridge', motto: 'see c0rrect-h0rse' }
  for (const json of [[], ['--json']]) {
    const { stdout } = await runProgram(await program, ['echo', ...json, ...flagsOf(inputs)], { environment })
    t.true(stdout.includes('see ***'))
  }
})

test('outputs in plain text cannot command an agent either', async (t) => {
  const { stdout, stderr } = await runProgram(await program, ['repeat', ...flagsOf(address)])
  t.is(obeyed(stdout), undefined)
  t.is(obeyed(stderr), undefined)
})

test('a second signal ends a run that does not listen at once', async (t) => {
  let signals = 0
  const { code } = await runProgram(await program, ['linger', ...flagsOf(address)], {
    whenPrinted(printed, child) {
      if (signals === 0 && printed.includes('lingering\n')) signals += Number(child.kill('SIGINT'))
      if (signals === 1 && printed.includes('heard\n')) signals += Number(child.kill('SIGTERM'))
    },
  })
  t.is(code, 1)
  t.is(signals, 2)
})

test('a reader that goes away does not end a run', async (t) => {
  const { code, stderr } = await runProgram(await program, ['wait', ...flagsOf(address)], {
    whenPrinted(printed, child) {
      if (!printed.includes('waiting\n') || child.stdout?.destroyed) return
      child.stdout?.destroy()
      child.kill('SIGTERM')
    },
  })
  t.is(stderr, 'Error: Stopped by SIGTERM.\n')
  t.is(code, 1)
})
