import test from 'ava'
import fc from 'fast-check'
import { z } from 'zod'
import {
  checkedText,
  choice,
  flag,
  inputMeta,
  list,
  optional,
  pairs,
  quantity,
  secretText,
  splitItems,
  text,
} from '../../core/inputs.ts'

/** What a host hands in: trimmed, never empty. */
const word = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((given) => given.replaceAll(/\s+/g, ' ').trim())
  .filter(Boolean)
const key = word.filter((given) => !given.includes('=') && !given.endsWith('\\'))
const escaped = (given: string) => given.replaceAll(',', '\\,')
const message = (schema: z.ZodType, given: unknown) =>
  schema
    .safeParse(given)
    .error?.issues.map((issue) => issue.message)
    .join('; ')

test('items come back as they were written, one a line', (t) => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 2 }),
      fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t'),
      (items, separator) => {
        t.deepEqual(splitItems(items.join(separator)), items)
      },
    ),
  )
})

test('items come back as they were written between commas, their own commas behind a backslash', (t) => {
  const plain = word.filter((given) => !given.endsWith('\\') && !given.includes('\\,'))
  fc.assert(
    fc.property(fc.array(plain), fc.constantFrom(',', ' , ', ',,'), (items, separator) => {
      t.deepEqual(splitItems(items.map(escaped).join(separator)), items)
    }),
  )
})

test('whatever the text, items are trimmed and never empty', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      for (const item of splitItems(given)) t.true(item !== '' && item === item.trim())
    }),
  )
})

test('pairs come back as they were written, whatever names and values are', (t) => {
  const keys = fc.uniqueArray(fc.oneof(key, fc.constantFrom('__proto__', 'constructor', 'toString')), { minLength: 2 })
  fc.assert(
    fc.property(keys, fc.array(word), (names, values) => {
      const entries = names.map((name, index): [string, string] => [name, values[index] ?? ''])
      const read = pairs('').parse(entries.map(([name, value]) => `${name} = ${value}`).join('\n'))
      t.deepEqual(Object.entries(read), Object.entries(Object.fromEntries(entries)))
      t.is(Object.getPrototypeOf(read), Object.prototype)
    }),
  )
})

test('one pair may hold further equals signs and escaped commas', (t) => {
  t.deepEqual(pairs('').parse('query=a=b\\,c==,empty='), { query: 'a=b,c==', empty: '' })
  t.deepEqual(pairs('').parse(undefined), {})
})

test('every pair that is none is named, and so is a key given twice', (t) => {
  t.is(
    message(pairs(''), 'a=1,b,=c,a=2'),
    'must be key=value pairs, but "b" is none; must be key=value pairs, but "=c" is none; must be key=value pairs, but "a" is there twice',
  )
})

test('whatever the text, pairs are read or refused with a reason', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      const read = pairs('').safeParse(given)
      t.true(read.success || read.error.issues.every((issue) => issue.message.startsWith('must be key=value pairs')))
    }),
  )
})

test('a flag is true or false in the words people use, in any case, and nothing else', (t) => {
  for (const yes of ['true', 'True', 'YES', 'on', '1']) t.true(flag('').parse(yes))
  for (const no of ['false', 'FALSE', 'no', 'Off', '0', undefined]) t.false(flag('').parse(no))
  const known = new Set(['true', 'yes', 'on', '1', 'false', 'no', 'off', '0'])
  fc.assert(
    fc.property(
      word.filter((given) => !known.has(given.toLowerCase())),
      (given) => t.is(message(flag(''), given), 'must be true or false'),
    ),
  )
})

const share = quantity({ description: 'A share.', unit: 'percent', default: 50, min: -10, max: 100 })
const count = quantity({ description: 'A count.', unit: 'files', default: 4, min: 1, integer: true })

test('a number in range is read as it is written', (t) => {
  fc.assert(
    fc.property(fc.double({ min: -10, max: 100, noNaN: true }), (value) => {
      t.is(share.parse(String(value)), value === 0 ? 0 : value)
    }),
  )
  t.is(share.parse('+1e1'), 10)
  t.is(share.parse('.5'), 0.5)
  t.is(share.parse('5.'), 5)
  t.is(share.parse(undefined), 50)
  t.is(count.parse('7.0'), 7)
})

test('a number out of range, a fraction where none may be, and every other text is refused with what is allowed', (t) => {
  const outside = fc.oneof(fc.double({ min: 101, noNaN: true }), fc.double({ max: -11, noNaN: true })).map(String)
  const texts = fc.oneof(
    word.filter((given) => !/^[+-]?[\d.]/.test(given)),
    fc.constantFrom('0x10', '0b1', '1_000', '1,5', '5 %', '1e', '--1', 'NaN', 'Infinity', '٣'),
  )
  fc.assert(
    fc.property(fc.oneof(outside, texts), (given) =>
      t.is(message(share, given), 'must be a number from -10 to 100 (percent)'),
    ),
  )
  for (const given of ['0', '1.5', '-3', 'many'])
    t.is(message(count, given), 'must be a whole number of at least 1 (files)')
})

test('a choice is one of its words, the first when missing', (t) => {
  const mode = choice(['none', 'update'], 'What to do.')
  t.is(mode.parse(undefined), 'none')
  t.is(mode.parse('update'), 'update')
  t.is(message(mode, 'Update'), 'must be one of none, update')
  t.is(message(mode, 'toString'), 'must be one of none, update')
})

test('texts are required unless they are optional, and are checked by their own rule', (t) => {
  const name = checkedText(z.string().regex(/^[a-z]+$/, 'must be lower-case letters'), 'A name.')
  for (const required of [text(''), secretText(''), name]) t.is(message(required, undefined), 'is required')
  for (const schema of [text(''), secretText(''), name, pairs(''), list('')])
    t.true(optional(schema).safeParse(undefined).success)
  t.is(message(name, 'A'), 'must be lower-case letters')
  t.is(message(optional(name), 'A'), 'must be lower-case letters')
})

test('an input describes itself to hosts, optional or not', (t) => {
  t.like(inputMeta(secretText('The key.')), { kind: 'text', secret: true, description: 'The key.' })
  t.like(inputMeta(optional(secretText('The key.'))), { kind: 'text', secret: true, description: 'The key.' })
  t.like(inputMeta(choice(['none', 'update'], 'What to do.')), {
    ...{
      kind: 'choice',
      words: ['none', 'update'],
      placeholder: 'none|update',
      description: 'What to do. Default: none.',
    },
  })
  t.like(inputMeta(share), { kind: 'number', default: 50, description: 'A share. Default: 50.' })
  t.throws(() => inputMeta(z.string()), { message: /made by a function of core\/inputs\.ts/ })
})
