import test from 'ava'
import fc from 'fast-check'
import { parseDocument } from '../../../core/config/document.ts'
import { InputError } from '../../../core/errors.ts'

function read(text: string, file = 'a.yml') {
  return parseDocument({ file, text })
}

test('JSON, JSON with comments and YAML are read to the same value', (t) => {
  const value = { a: [1, 'two // no comment', null], 'b c': { d: true } }
  t.deepEqual(read(JSON.stringify(value), 'a.json').value, value)
  t.deepEqual(read(JSON.stringify(value, null, '\t'), 'a.json').value, value)
  t.deepEqual(
    read('{ // first\n "a": [1, "two // no comment", /* here: "x" */ null,],\n"b c": {"d": true}}', 'a.json').value,
    value,
  )
  t.deepEqual(read('a:\n  - 1\n  - two // no comment\n  - null\nb c:\n  d: true\n').value, value)
})

test('any JSON value comes back as JSON.parse reads it', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      fc.pre(!text.includes('"__proto__":'))
      t.is(JSON.stringify(read(text, 'a.json').value), text.includes('\n') ? JSON.stringify(JSON.parse(text)) : text)
    }),
    { numRuns: 300 },
  )
})

test('a byte order mark and line ends of Windows do not move lines', (t) => {
  const text = '\uFEFF{\r\n  "a": 1,\r\n  "b": [\r\n    2,\r\n    3\r\n  ]\r\n}\r\n'
  const document = read(text, 'a.json')
  t.deepEqual(document.value, { a: 1, b: [2, 3] })
  t.deepEqual(
    [document.line(['a']), document.line(['b']), document.line(['b', 1]), document.line(['b', 'missing'])],
    [2, 3, 5, 3],
  )
})

test('a scalar and a part are also given as they are written', (t) => {
  const document = read('version: 1.10\nbody: {"a": 12345678901234567890}\n')
  t.is(document.scalar(['version']), '1.10')
  t.is(document.source(['body']), '{"a": 12345678901234567890}')
  t.is(document.source(['missing']), undefined)
})

test('aliases stand for what they name, and only for a bounded number of values', (t) => {
  t.deepEqual(read('a: &x [1, 2]\nb: *x').value, { a: [1, 2], b: [1, 2] })
  const laughs = Array.from({ length: 12 }, (_, level) =>
    level === 0
      ? 'a0: &a0 [ha]'
      : `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(',')}]`,
  ).join('\n')
  t.regex(
    messageOf(() => read(laughs)),
    /Aliases \(\*name\) repeat more than 10000 values\.$/,
  )
  t.regex(
    messageOf(() => read('a: &a [*a]')),
    /^a\.yml:1: .*An alias \(\*name\) lies within what it stands for/,
  )
  t.is(
    messageOf(() => read('a: *b')),
    'a.yml:1: a: This alias (*name) has no anchor (&name) above it.',
  )
})

test('a second document, a tab as indentation and an unknown tag are named in plain words', (t) => {
  t.is(
    messageOf(() => read('a: 1\n---\nb: 2\n')),
    'a.yml:2: A second document begins here; the file may hold only one.',
  )
  t.is(
    messageOf(() => read('a:\n\tb: 1\n')),
    'a.yml:2: Lines are indented with a tab; YAML takes blanks only.',
  )
  t.is(
    messageOf(() => read('a: !env X\n')),
    'a.yml:1: a: A tag (!name) is not known; write the value without it.',
  )
})

test('faults of syntax do not print what the file holds', (t) => {
  for (const text of ['{"password": "geheim" "x"}', '"password": "geheim\n', '{"password": "\\qgeheim"}', '}geheim{'])
    t.notRegex(
      messageOf(() => read(text)),
      /geheim/,
    )
})

test('faults are listed once each, in the order of the file, and at most twenty', (t) => {
  const text = Array.from({ length: 30 }, (_, index) => `k${index}: {a: 1, a: 2}`).join('\n')
  const lines = messageOf(() => read(text)).split('\n')
  t.is(lines.length, 21)
  t.is(lines[0], 'a.yml:1: k0.a: This key is given twice.')
  t.is(lines[20], 'a.yml: 10 more faults are not shown.')
})

function messageOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error('An InputError was expected, and nothing was thrown.')
}
