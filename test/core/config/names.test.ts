import test from 'ava'
import fc from 'fast-check'
import { endpointName, modelName, nameFault } from '../../../core/config/names.ts'
import { nearest } from '../../../core/config/nearest.ts'

test('names at the edge of Azure ML’s rules are told apart', (t) => {
  const allowed = [
    ['workspace', 'a_1'],
    ['workspace', `a${'b'.repeat(32)}`],
    ['model', '1'],
    ['model', `a${'-'.repeat(254)}`],
    ['registeredModel', 'sklearn.diabetes'],
    ['endpoint', 'abc'],
    ['endpoint', `a${'-'.repeat(30)}1`],
    ['deployment', 'Blue-1'],
  ] as const
  for (const [kind, name] of allowed) t.is(nameFault(kind, name), undefined, name)
  const refused = [
    ['workspace', 'ab'],
    ['workspace', `a${'b'.repeat(33)}`],
    ['model', 'sklearn.diabetes'],
    ['model', '_a'],
    ['model', 'a'.repeat(256)],
    ['model', 'a\n'],
    ['asset', ''],
    ['endpoint', 'ab'],
    ['endpoint', '1ab'],
    ['endpoint', 'ab-'],
    ['endpoint', 'a_b'],
    ['endpoint', 'a'.repeat(33)],
    ['deployment', 'é12'],
  ] as const
  for (const [kind, name] of refused) t.true(nameFault(kind, name)?.includes(JSON.stringify(name)), name)
})

test('the rule is quoted whole, with the name', (t) => {
  t.is(
    nameFault('endpoint', 'my_service'),
    'The name "my_service" must be 3 to 32 letters, digits or "-", start with a letter and end with a letter or digit, as Azure ML names endpoints.',
  )
  t.is(endpointName.safeParse('my_service').error?.issues[0]?.message.startsWith('must be 3 to 32 letters'), true)
  t.is(modelName.parse('diabetes-ridge'), 'diabetes-ridge')
})

test('the nearest word is found over case, dashes and slips, and none where nothing is near', (t) => {
  const keys = ['entryScript', 'sourceDirectory', 'environment']
  t.is(nearest('entry_script', keys), 'entryScript')
  t.is(nearest('EntryScipt', keys), 'entryScript')
  t.is(nearest('source-dir', keys), undefined)
  t.is(nearest('zzz', keys), undefined)
  t.is(nearest('', []), undefined)
})

test('a candidate is always its own nearest', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
      for (const word of words) t.is(nearest(word, words), word)
    }),
  )
})
