import { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import test from 'ava'
import { type BuildMessage, showBuild } from '../../../core/image/buildLog.ts'
import { buildMessages } from '../../../core/image/engineBuild.ts'

interface Shown {
  readonly lines: string[]
  readonly groups: string[]
}

async function show(text: string, error?: string): Promise<Shown> {
  const shown: Shown = { lines: [], groups: [] }
  const info = (line: string) => shown.lines.push(`${shown.groups.length}: ${line}`)
  const log = { info, debug: info, warning: info, error: info }
  const group = async <T>(title: string, body: () => Promise<T>) => {
    shown.groups.push(title)
    return body()
  }
  async function* messages(): AsyncGenerator<BuildMessage, void> {
    for (const line of text.split('\n')) yield { kind: 'line', text: line }
    if (error !== undefined) yield { kind: 'error', text: error }
  }
  await showBuild({ host: { log, group }, messages: messages(), image: 'i:1' })
  return shown
}

test('each step of a build is a group with its own lines', async (t) => {
  const shown = await show('Sending context\nStep 1/2 : FROM x\n ---> 1\n\nStep 2/2 : RUN true\nhello\nDone')
  t.deepEqual(shown.groups, ['Step 1 of 2 (FROM x)', 'Step 2 of 2 (RUN true)'])
  t.deepEqual(shown.lines, ['0: Sending context', '1:  ---> 1', '2: hello', '2: Done'])
})

test('the error names the step that failed and what it last said', async (t) => {
  const text =
    'Step 1/2 : FROM x\nStep 2/2 : RUN pip\nCollecting x\nERROR: No matching distribution found for x\nRemoving container'
  await t.throwsAsync(show(text, 'The command returned a non-zero code: 1'), {
    name: 'UserError',
    message:
      'The image i:1 could not be built: step 2 of 2 (RUN pip) failed: The command returned a non-zero code: 1. It last said: ERROR: No matching distribution found for x',
  })
  const own =
    'Step 1/1 : RUN x\nerror: something\n\u001b[91mazureml-cd: error: the base image has no Python\n\u001b[0mRemoving'
  await t.throwsAsync(show(own, 'code 1'), { message: /failed: code 1\. It last said: the base image has no Python$/ })
  await t.throwsAsync(show('', 'no such image'), { message: 'The image i:1 could not be built: no such image.' })
})

test('a line that an engine streams in pieces is one line, and the builder has its own', async (t) => {
  const streamed = [
    ...[
      'Step 1/1 : RUN ls /nowhere\n',
      ' ---> Running in 1\n',
      '\u001b[91mls: \u001b[0m',
      '\u001b[91mno such file\n\u001b[0m',
    ],
    ...['without an end', ' ---> 2\n', 'last'],
  ].map((stream) => JSON.stringify({ stream }))
  const output = Readable.from([[...streamed, JSON.stringify({ error: 'over' })].join('\r\n')])
  const told: string[] = []
  for await (const { kind, text } of buildMessages(output)) told.push(`${kind}: ${stripVTControlCharacters(text)}`)
  t.deepEqual(told, [
    ...[
      'line: Step 1/1 : RUN ls /nowhere',
      'line:  ---> Running in 1',
      'line: ls: no such file',
      'line: without an end',
    ],
    ...['line:  ---> 2', 'line: last', 'error: over'],
  ])
})
