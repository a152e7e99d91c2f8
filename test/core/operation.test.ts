import test from 'ava'
import fc from 'fast-check'
import { z } from 'zod'
import { InputError } from '../../core/errors.ts'
import { optional, quantity, secretText, text } from '../../core/inputs.ts'
import { defineOperation, runOperation } from '../../core/operation.ts'
import { workspaceInputs } from '../../core/workspaceInputs.ts'
import { address } from '../hosts/fixtureOperations.ts'
import { MemoryHost } from '../hosts/memoryHost.ts'

const number = (description: string) => quantity({ description, unit: 'replicas', default: 1, max: 10 })
const inputs = {
  ...workspaceInputs,
  least: number('Fewest.'),
  most: number('Most.'),
  apiKey: optional(secretText('A secret.')),
  motto: optional(text('Any text.')),
}
const seen: unknown[] = []
const scale = defineOperation({
  name: 'scale',
  title: 'Scale',
  summary: 'Scale.',
  inputs,
  outputs: { sum: z.number(), nothing: z.string().optional(), list: z.array(z.string()).readonly(), word: z.string() },
  rules(values) {
    seen.push(values)
    const { least, most } = values
    return least !== undefined && most !== undefined && least > most
      ? [{ key: 'most', fault: `must not be less than ${least}` }]
      : []
  },
  run: async (_, { least, most }) => ({ sum: least + most, nothing: undefined, list: ['a'], word: 'b' }),
})

test.serial('rules across inputs see those that parsed, and only those', async (t) => {
  seen.length = 0
  await runOperation(scale, new MemoryHost({ inputs: { ...address, least: '5', most: 'many' } }))
  t.deepEqual(seen, [
    { ...address, least: 5, cloud: undefined, apiVersion: undefined, apiKey: undefined, motto: undefined },
  ])
})

test('of any number of wrong inputs each is named exactly once, in the order of the operation', async (t) => {
  const wrong = {
    subscriptionId: 'x',
    resourceGroup: undefined,
    workspace: '-',
    least: '11',
    most: 'many',
    cloud: 'moon',
    apiVersion: 'new',
  }
  await fc.assert(
    fc.asyncProperty(fc.subarray(Object.keys(wrong), { minLength: 1 }), async (keys) => {
      const given = new Map<string, string>(Object.entries(address))
      for (const [key, value] of Object.entries(wrong))
        if (keys.includes(key)) value === undefined ? given.delete(key) : given.set(key, value)
      const host = new MemoryHost({ inputs: Object.fromEntries(given) })
      t.is((await runOperation(scale, host)).kind, 'bad-input')
      const named = [...host.printed.matchAll(/input ([a-z-]+) (?:must|is)/g)].map(([, name]) => name)
      const order = Object.keys(inputs).filter((key) => keys.includes(key))
      t.deepEqual(
        named,
        order.map((key) => host.spelling(key).replace('input ', '')),
      )
    }),
  )
})

test('a secret is masked before its fault, or that of any input, is told', async (t) => {
  const apiKey = 'c0rrect-h0rse'
  const host = new MemoryHost({ inputs: { ...address, least: apiKey, most: `${apiKey} too`, apiKey } })
  t.is((await runOperation(scale, host)).kind, 'bad-input')
  t.false(host.printed.includes(apiKey))
  t.true(host.printed.includes('(given: "*** too")'))
})

test('outputs go to the host as text: strings as they are, all else as JSON, missing ones not at all', async (t) => {
  const host = new MemoryHost({ inputs: { ...address, least: '2', most: '3' } })
  const outcome = await runOperation(scale, host)
  t.like(outcome, { kind: 'done', outputs: { sum: 5 } })
  t.deepEqual(host.outputs, { sum: '5', list: '["a"]', word: 'b' })
})

test('nobody signs in for an operation that asks the workspace for nothing', async (t) => {
  const host = new MemoryHost({
    inputs: { ...address },
    credential: async () => t.fail('Somebody signed in.') as never,
  })
  t.is((await runOperation(scale, host)).kind, 'done')
})

test('a cloud is a name or the https address of a resource manager', async (t) => {
  for (const [cloud, kind] of [
    ['public', 'done'],
    ['usgovernment', 'done'],
    ['china', 'done'],
    ['https://127.0.0.1:8443', 'done'],
    ['https://management.local/', 'done'],
    ['http://127.0.0.1:8443', 'bad-input'],
    ['https://management.local/path', 'bad-input'],
    ['Public', 'bad-input'],
  ] as const)
    t.is((await runOperation(scale, new MemoryHost({ inputs: { ...address, cloud } }))).kind, kind, cloud)
})

test('what a bug throws is told in full for those who look for it only', async (t) => {
  const broken = { ...scale, perform: async () => Promise.reject(new TypeError('x is not a function')) }
  const host = new MemoryHost()
  t.is((await runOperation(broken, host)).kind, 'failed')
  const errors = host.shown.filter(({ kind }) => kind === 'error')
  t.deepEqual(
    errors.map((error) => error.text),
    ['x is not a function'],
  )
  t.regex(host.shown.find(({ kind }) => kind === 'debug')?.text ?? '', /TypeError: x is not a function\n\s+at /)
  const expected = { ...scale, perform: async () => Promise.reject(new InputError('No.')) }
  const other = new MemoryHost()
  await runOperation(expected, other)
  t.deepEqual(
    other.shown.map(({ kind }) => kind),
    ['error'],
  )
})
