import { join } from 'node:path'
import test from 'ava'
import { exitCodes } from '../../actions/exitCodes.ts'
import { jobWideName } from '../../actions/jobWideInputs.ts'
import { kebabCase, type Outcome } from '../../core/index.ts'
import { bundleActions } from '../../scripts/bundleActions.mjs'
import { hostContract } from '../hosts/contract.ts'
import { address } from '../hosts/fixtureOperations.ts'
import { obeyed } from '../hosts/hostile.ts'
import { bundledActions } from './bundledActions.ts'
import { runStep } from './runner.ts'
import { readStepLog } from './stepLog.ts'

/** An action of its own made of the operations of test/hosts, bundled as the product's are. */
const fixture = (async () => {
  const outdir = join(bundledActions, '..', 'test', 'actions', `fixture-${process.pid}`)
  await bundleActions({ entryPoints: { fixture: 'test/actions/fixture.ts' }, outdir })
  return join(outdir, 'fixture.mjs')
})()

const signedIn = { 'client-id': address.subscriptionId, 'tenant-id': address.subscriptionId }
const asWritten = (inputs: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(inputs).map(([key, value]) => [kebabCase(key), value]))

hostContract({
  name: 'action',
  spelling: kebabCase,
  async run(t, { operation, inputs, cancelAt }) {
    let cancelled = false
    const ended = await runStep({
      program: [await fixture, operation],
      inputs: { ...asWritten(inputs), ...signedIn },
      whenPrinted(printed, child) {
        // As the runner cancels a step.
        if (cancelAt && !cancelled && printed.includes(`${cancelAt}\n`)) cancelled = child.kill('SIGINT')
      },
    })
    t.is(ended.stderr, '', 'A step has one log.')
    const { lines, masks, strange, shown } = readStepLog(ended.stdout)
    t.deepEqual(strange, [])
    const known = Object.values(inputs).flatMap((value) => [value, value.replaceAll('\\n', '\n')])
    t.deepEqual(
      masks.filter((mask) => !known.includes(mask)),
      [],
      'Nothing is masked but what was given as a secret.',
    )
    // What the step itself adds at the end is not the operation's, nor the host's.
    const [said = ''] = ended.summary.split(/^(?:> \[!CAUTION\]|<sub>)/m)
    const summary = said.split('\n').map((text) => ({ kind: 'info' as const, text, depth: 0 }))
    return {
      outcome: outcomeOf(ended.code),
      lines: [...lines, ...summary],
      outputs: Object.fromEntries(
        Object.entries(ended.outputs).map(([name, value]) => [
          name.replaceAll(/-[a-z]/g, ([, letter = '']) => letter.toUpperCase()),
          value,
        ]),
      ),
      printed: `${shown}\n${ended.summary}`,
    }
  },
})

function outcomeOf(code: number | null): Outcome['kind'] {
  const found = (['done', 'failed', 'bad-input', 'refused'] as const).find((kind) => exitCodes[kind] === code)
  if (found === undefined) throw new Error(`${code} is no exit code of an action.`)
  return found
}

test('what remote text says makes no annotation of its own', async (t) => {
  const { stdout } = await runStep({
    program: [await fixture, 'repeat'],
    inputs: { ...asWritten(address), ...signedIn },
  })
  const { lines } = readStepLog(stdout)
  t.deepEqual(
    lines.filter(({ kind, text }) => kind !== 'info' && /^(indented|tabbed)$/.test(text)),
    [],
  )
  t.is(obeyed(lines.map(({ text }) => text).join('\n')), undefined)
})

test('what all steps of a job need may be said once, in its env', async (t) => {
  const environment = Object.fromEntries(
    Object.entries({ ...address, clientId: address.subscriptionId, tenantId: address.subscriptionId }).map(
      ([key, value]) => [jobWideName(key), value],
    ),
  )
  const program = [await fixture, 'echo']
  const ended = await runStep({ program, environment, inputs: { 'model-name': 'ridge', 'subscription-id': ' ' } })
  t.is(ended.code, exitCodes.done, ended.stdout)
  const other = await runStep({
    program,
    environment: { ...environment, [jobWideName('modelName')]: 'no' },
    inputs: {},
  })
  t.is(other.code, exitCodes['bad-input'])
  t.regex(other.stdout, /^::error::model-name is required\.$/m)
})

test('a group that another one lay in is opened again for what comes after', async (t) => {
  const { stdout } = await runStep({ program: [await fixture, 'nest'], inputs: { ...asWritten(address), ...signedIn } })
  t.is(
    stdout,
    `${[
      ...['::group::outer', 'one', '::endgroup::', '::group::inner', 'two', '::endgroup::'],
      ...['::group::outer', 'three', '::endgroup::', 'four', ''],
    ].join('\n')}`,
  )
})
