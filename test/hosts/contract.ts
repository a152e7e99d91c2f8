import test, { type ExecutionContext } from 'ava'
import type { Outcome, SourcePosition } from '../../core/index.ts'
import { address, type FixtureName } from './fixtureOperations.ts'
import { hostile, obeyed } from './hostile.ts'

/** One line that a host showed. A host without a look of its own for a kind shows it as `info`. */
export interface Line {
  readonly kind: 'info' | 'warning' | 'error'
  readonly text: string
  /** How many groups it lies in; a group's title lies outside. */
  readonly depth: number
  readonly position?: SourcePosition | undefined
}

export interface HostRun {
  readonly outcome: Outcome['kind']
  readonly lines: readonly Line[]
  readonly outputs: Readonly<Record<string, string>>
  /** All that the host let out, wherever to, byte for byte. */
  readonly printed: string
}

/** A host as the contract sees it: something that runs an operation somewhere and tells what came of it. */
export interface HostHarness {
  readonly name: string
  /** The input as users of this host write it. */
  readonly spelling: (key: string) => string
  readonly run: (
    t: ExecutionContext,
    order: {
      readonly operation: FixtureName
      /** Untrimmed, by camelCase key. */
      readonly inputs: Readonly<Record<string, string>>
      /** Cancels the run, as this host is cancelled, once this was printed. */
      readonly cancelAt?: string
    },
  ) => Promise<HostRun>
}

/** Registers one test for every promise of the Host port (core/host.ts). Call it at the top of a test file. */
export function hostContract({ name, spelling, run }: HostHarness): void {
  const the = (behaviour: string, body: (t: ExecutionContext) => Promise<void>) => test(`${name}: ${behaviour}`, body)
  const errors = ({ lines }: HostRun) => lines.filter(({ kind }) => kind === 'error')

  the('inputs arrive trimmed, typed, and as outputs', async (t) => {
    const tags = { stage: 'test', note: 'a=b' }
    const given = { modelName: '  ridge\n', tags: ' stage = test , note=a=b ', services: 'one,\\,two', takeOver: 'Yes' }
    const { outcome, outputs, lines } = await run(t, {
      operation: 'echo',
      inputs: { ...address, ...given, motto: ' so it  is ', followUp: 'update ', bakeSeconds: ' 1.5 ' },
    })
    t.is(outcome, 'done', lines.map(({ text }) => text).join('\n'))
    t.deepEqual(outputs, {
      ...{ modelName: 'ridge', motto: 'so it  is', tags: JSON.stringify(tags) },
      ...{ services: '["one",",two"]', takeOver: 'true', followUp: 'update', bakeSeconds: '1.5' },
    })
  })

  the('an empty input is a missing one', async (t) => {
    const { outcome, outputs } = await run(t, {
      operation: 'echo',
      inputs: {
        ...address,
        modelName: 'ridge',
        motto: ' \n\t',
        tags: '',
        services: ' ',
        bakeSeconds: '',
        followUp: '',
      },
    })
    t.is(outcome, 'done')
    t.deepEqual(outputs, {
      ...{ modelName: 'ridge', tags: '{}', services: '[]', takeOver: 'false', followUp: 'none', bakeSeconds: '60' },
    })
  })

  the('all faults of the inputs come in one error, each spelled as here, and no secret with them', async (t) => {
    const ended = await run(t, {
      operation: 'echo',
      inputs: {
        ...{ subscriptionId: 'mine', resourceGroup: '  ', workspace: address.workspace, takeOver: 'perhaps' },
        ...{ tags: 'a=1,b', followUp: 'sing', bakeSeconds: '1e9', modelName: 'Ridge', apiKey: 'c0rrect-h0rse' },
      },
    })
    t.is(ended.outcome, 'bad-input')
    t.deepEqual(ended.outputs, {})
    const text = ended.lines.map((line) => line.text).join('\n')
    const faults = [
      [spelling('subscriptionId'), 'must be a GUID', '"mine"'],
      [spelling('resourceGroup'), 'is required'],
      [spelling('modelName'), 'must be lower-case letters', '"Ridge"'],
      [spelling('tags'), 'must be key=value pairs', '"b"'],
      [spelling('takeOver'), 'must be true or false', '"perhaps"'],
      [spelling('followUp'), 'must be one of none, update', '"sing"'],
      [spelling('bakeSeconds'), 'must be a number from 0 to 3600 (seconds)', '"1e9"'],
    ]
    const lines = text.split('\n')
    for (const [spelled = '', ...parts] of faults) {
      const line = lines.find((candidate) => candidate.includes(`${spelled} ${parts[0]}`))
      for (const part of parts) t.true(line?.includes(part), `${spelled}: ${part}\n${text}`)
    }
    t.is(lines.filter((line) => / (must be|is required)/.test(line)).length, faults.length, text)
    t.false(ended.printed.includes('c0rrect-h0rse'))
  })

  the('a single fault is a sentence of its own', async (t) => {
    const { modelName } = { modelName: spelling('modelName') }
    const ended = await run(t, { operation: 'echo', inputs: address })
    t.is(ended.outcome, 'bad-input')
    t.deepEqual(
      errors(ended).map(({ text }) => text),
      [`${modelName} is required.`],
    )
  })

  the('a rule across inputs is checked for those that are right, together with what is wrong', async (t) => {
    const inputs = { ...address, takeOver: 'true', bakeSeconds: '0' }
    const ended = await run(t, { operation: 'echo', inputs })
    t.is(ended.outcome, 'bad-input')
    t.true(ended.printed.includes(`${spelling('modelName')} is required`))
    t.true(ended.printed.includes(`${spelling('bakeSeconds')} cannot be 0 when taking over`))
    const other = await run(t, { operation: 'echo', inputs: { ...inputs, takeOver: 'perhaps' } })
    t.true(other.printed.includes(`${spelling('takeOver')} must be true or false`))
    t.false(other.printed.includes('when taking over'))
  })

  the('groups, warnings, errors, progress and summary are shown in order', async (t) => {
    const { outcome, lines } = await run(t, { operation: 'talk', inputs: address })
    t.is(outcome, 'done')
    const one = (fragment: string) => {
      const found = lines.filter(({ text }) => text.includes(fragment))
      t.is(found.length, 1, fragment)
      return found[0]
    }
    t.is(one('before the group')?.depth, 0)
    t.is(one('The group')?.depth, 0)
    t.is(one('in the group')?.depth, 1)
    t.is(one('and its second line')?.depth, 1)
    const warning = one('mind the gap')
    t.like(warning, { kind: 'warning', depth: 1, position: { file: 'score.py', line: 7 } })
    t.like(one('mind the door'), { kind: 'error', depth: 0, position: { file: 'model.json' } })
    const progress = lines.filter(({ text }) => text.includes('Upload'))
    t.true(progress.length >= 1 && progress.length <= 5)
    t.regex(progress.at(-1)?.text ?? '', /\b4/)
    one('### Talked')
    one('| all | well |')
    const order = ['before the group', 'The group', 'in the group', 'mind the gap', 'mind the door']
    const places = order.map((fragment) => lines.findIndex(({ text }) => text.includes(fragment)))
    t.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    )
  })

  the('a secret is masked in every place and form, from the moment it is known', async (t) => {
    const apiKey = 'p@ss "word"/+=\\?'
    const certificate = ['-----BEGIN KEY-----', 'MIIEvQIBADAN+Bg/kq', 'Nw0BAQEFAASC==', '-----END KEY-----']
    const ended = await run(t, { operation: 'leak', inputs: { ...address, apiKey, found: certificate.join('\\n') } })
    t.is(ended.outcome, 'failed')
    t.regex(errors(ended).at(-1)?.text ?? '', /thrown \*\*\* \*\*\*/)
    const texts = [apiKey, ...certificate]
    const base64 = (text: string) => Buffer.from(text).toString('base64').replaceAll('=', '').slice(0, -2)
    const forms = texts.flatMap((text) => [
      text,
      encodeURIComponent(text),
      JSON.stringify(text).slice(1, -1),
      base64(text),
    ])
    forms.push(base64(`user:${apiKey}`).slice(8), base64(`me:${apiKey}`).slice(6))
    for (const form of forms) t.false(ended.printed.includes(form), form)
    for (const kind of ['info', 'warning', 'error', 'progress', 'summary', 'group', 'in group'])
      t.true(ended.printed.includes(`${kind} ***`), kind)
  })

  for (const [how, outcome, pattern] of [
    ['user', 'failed', /^The disk is full\. Make room\.$/],
    ['input', 'bad-input', /^The key "cpu" is not known\.$/],
    ['refused', 'refused', /^The candidate answered 500\.$/],
    ['bug', 'failed', /^x is not a function$/],
    ['text', 'failed', /^only a text$/],
  ] as const)
    the(`an operation that throws (${how}) closes its group, is told once, and ends as ${outcome}`, async (t) => {
      const ended = await run(t, { operation: 'end', inputs: { ...address, how } })
      t.is(ended.outcome, outcome)
      t.is(ended.lines.find(({ text }) => text === 'in the last group')?.depth, 1)
      const [error, ...more] = errors(ended)
      t.regex(error?.text ?? '', pattern)
      t.is(error?.depth, 0)
      t.deepEqual(more, [])
      if (how === 'input') t.deepEqual(error?.position, { file: 'deployment.yml', line: 3 })
      t.deepEqual(ended.outputs, how === 'refused' ? { outcome: 'refused', tries: '2' } : {})
    })

  the('text of remote systems cannot command a terminal or a build agent', async (t) => {
    const { outcome, printed, outputs } = await run(t, { operation: 'repeat', inputs: address })
    t.is(outcome, 'done')
    t.is(obeyed(printed), undefined)
    t.true(printed.includes('harmless'), 'What it says is still there to read.')
    t.is(outputs.answer, hostile.join('\n'), 'An output is a value and arrives unchanged.')
  })

  the('a cancelled operation tidies up and ends as failed, saying why', async (t) => {
    const ended = await run(t, { operation: 'wait', inputs: address, cancelAt: 'waiting' })
    t.is(ended.outcome, 'failed')
    t.true(ended.lines.some(({ text }) => text === 'tidied up'))
    t.regex(errors(ended).at(-1)?.text ?? '', /^Stopped by /)
  })
}
