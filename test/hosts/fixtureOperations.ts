import { z } from 'zod'
import { InputError, RefusedError, UserError } from '../../core/errors.ts'
import { checkedText, choice, flag, list, optional, pairs, quantity, secretText, text } from '../../core/inputs.ts'
import { defineOperation, type Operation } from '../../core/operation.ts'
import { workspaceInputs } from '../../core/workspaceInputs.ts'
import { hostile } from './hostile.ts'

const word = z.string().regex(/^[a-z]+$/, 'must be lower-case letters')

/** Hands back what it was given, as outputs of every type. */
const echo = defineOperation({
  name: 'echo',
  title: 'Echo',
  summary: 'Answer with the inputs.',
  inputs: {
    ...workspaceInputs,
    modelName: checkedText(word, 'A word.'),
    motto: optional(text('Any text.')),
    tags: pairs('Pairs.'),
    services: list('Texts.'),
    takeOver: flag('A flag.'),
    followUp: choice(['none', 'update'], 'A choice.'),
    bakeSeconds: quantity({ description: 'A number.', unit: 'seconds', default: 60, max: 3600 }),
    apiKey: optional(secretText('A secret.')),
  },
  outputs: {
    modelName: z.string().describe('The word.'),
    motto: z.string().optional().describe('The text.'),
    tags: z.record(z.string(), z.string()).describe('The pairs.'),
    services: z.array(z.string()).readonly().describe('The texts.'),
    takeOver: z.boolean().describe('The flag.'),
    followUp: z.string().describe('The choice.'),
    bakeSeconds: z.number().describe('The number.'),
  },
  rules: ({ takeOver, bakeSeconds }) =>
    takeOver === true && bakeSeconds === 0 ? [{ key: 'bakeSeconds', fault: 'cannot be 0 when taking over' }] : [],
  run: async (_, { modelName, motto, tags, services, takeOver, followUp, bakeSeconds }) => ({
    ...{ modelName, motto, tags, services, takeOver, followUp, bakeSeconds },
  }),
})

/** Says something in every way a host offers. */
const talk = defineOperation({
  name: 'talk',
  title: 'Talk',
  summary: 'Say something in every way.',
  inputs: workspaceInputs,
  outputs: {},
  async run({ host }) {
    host.log.info('before the group')
    await host.group('The group', async () => {
      host.log.info('in the group\nand its second line')
      host.log.warning('mind the gap', { file: 'score.py', line: 7 })
    })
    host.log.error('mind the door', { file: 'model.json' })
    for (let done = 0; done <= 4; done += 1)
      host.progress({ label: 'Upload', done: done * 2 ** 20, total: 4 * 2 ** 20, unit: 'bytes' })
    await host.summary('### Talked\n\n| what | how |\n|---|---|\n| all | well |')
    return {}
  },
})

/** Prints a secret in every way, in every form, and fails with it. */
const leak = defineOperation({
  name: 'leak',
  title: 'Leak',
  summary: 'Print a secret everywhere.',
  inputs: { ...workspaceInputs, apiKey: secretText('A secret.'), found: text('A secret that is found on the way.') },
  outputs: {},
  async run({ host }, { apiKey, found }) {
    // Known only now, as a datastore's key is; its lines come apart with \n.
    const certificate = found.replaceAll('\\n', '\n')
    host.secret(certificate)
    for (const secret of [apiKey, certificate]) {
      const forms = [
        secret,
        encodeURIComponent(secret),
        JSON.stringify({ secret }),
        Buffer.from(secret).toString('base64'),
        Buffer.from(`user:${secret}`).toString('base64'),
        Buffer.from(`me:${secret}`).toString('base64url'),
        [...secret].join('\u001b[1m'),
      ]
      for (const form of forms) {
        host.log.debug(`debug ${form}`)
        host.log.info(`info ${form}`)
        host.log.warning(`warning ${form}`, { file: form, line: 1 })
        host.log.error(`error ${form}`)
        host.progress({ label: `progress ${form}`, done: 1, total: 1, unit: 'files' })
        await host.summary(`summary ${form}`)
        await host.group(`group ${form}`, async () => host.log.info(`in group ${form}`))
      }
    }
    throw new UserError(`thrown ${apiKey} ${certificate}`, { hint: `hint ${apiKey}` })
  },
})

/** Ends in the way it is asked to, out of a group. */
const end = defineOperation({
  name: 'end',
  title: 'End',
  summary: 'End in a chosen way.',
  inputs: { ...workspaceInputs, how: choice(['user', 'input', 'bug', 'refused', 'text'], 'In which way.') },
  outputs: { outcome: z.string().optional().describe('What came of it.') },
  run: ({ host }, { how }) =>
    host.group('The last group', async () => {
      host.log.info('in the last group')
      if (how === 'user') throw new UserError('The disk is full.', { hint: 'Make room.' })
      if (how === 'input')
        throw new InputError('The key "cpu" is not known.', { position: { file: 'deployment.yml', line: 3 } })
      if (how === 'refused')
        throw new RefusedError('The candidate answered 500.', { outputs: { outcome: 'refused', tries: 2 } })
      if (how === 'text') throw 'only a text'
      throw new TypeError('x is not a function')
    }),
})

/** Repeats what a container wrote, which wishes to be obeyed. */
const repeat = defineOperation({
  name: 'repeat',
  title: 'Repeat',
  summary: 'Print hostile text everywhere.',
  inputs: workspaceInputs,
  outputs: { answer: z.string().describe('What was repeated.') },
  async run({ host }) {
    for (const line of hostile) {
      host.log.info(line)
      host.log.debug(line)
      host.log.warning(line, { file: line, line: 1 })
      host.log.error(line)
      host.progress({ label: line, done: 1, total: 1, unit: 'files' })
      await host.summary(line)
      await host.group(line, async () => host.log.info(line))
    }
    return { answer: hostile.join('\n') }
  },
})

/** Waits until it is cancelled, tidies up, and ends as a cancelled request does. */
const wait = defineOperation({
  name: 'wait',
  title: 'Wait',
  summary: 'Wait to be cancelled.',
  inputs: workspaceInputs,
  outputs: {},
  async run({ host }) {
    const hour = setTimeout(() => undefined, 3_600_000)
    host.log.info('waiting')
    if (!host.signal.aborted)
      await new Promise((settle) => host.signal.addEventListener('abort', settle, { once: true }))
    clearTimeout(hour)
    host.log.info('tidied up')
    throw new DOMException('This operation was aborted', 'AbortError')
  },
})

/** Hears that it is cancelled and does not mind. */
const linger = defineOperation({
  name: 'linger',
  title: 'Linger',
  summary: 'Never end.',
  inputs: workspaceInputs,
  outputs: {},
  async run({ host }) {
    setInterval(() => undefined, 3_600_000)
    host.signal.addEventListener('abort', () => host.log.info('heard'), { once: true })
    host.log.info('lingering')
    return new Promise(() => undefined)
  },
})

/** Says something in a group within a group, and after each of them. */
const nest = defineOperation({
  name: 'nest',
  title: 'Nest',
  summary: 'Put a group into a group.',
  inputs: workspaceInputs,
  outputs: {},
  async run({ host }) {
    await host.group('outer', async () => {
      host.log.info('one')
      await host.group('inner', async () => host.log.info('two'))
      host.log.info('three')
    })
    host.log.info('four')
    return {}
  },
})

/** What the contract of hosts is tried with. */
export const fixtureOperations = { echo, talk, leak, end, repeat, wait, linger, nest } satisfies Record<
  string,
  Operation
>
export type FixtureName = keyof typeof fixtureOperations

/** A workspace that nobody asks for anything. */
export const address = {
  subscriptionId: '11111111-2222-3333-4444-555555555555',
  resourceGroup: 'group',
  workspace: 'workspace',
} as const
