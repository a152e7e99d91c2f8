import { posix } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { safePath } from '../../../core/azure/safePath.ts'
import { parseInferenceConfig } from '../../../core/config/inferenceConfig.ts'
import { InputError, UserError } from '../../../core/errors.ts'

const parts = fc.constantFrom('..', '.', '', 'a', 'b', '...', 'C:', '\\\\host', '~', '%2e%2e', ' ', 'e.py')
const separators = fc.constantFrom('/', '\\', '//', '\\..\\', '/./')
const path = fc
  .array(fc.tuple(parts, separators), { maxLength: 6 })
  .map((pairs) => pairs.map(([part, separator]) => part + separator).join(''))

test('no entry script that is taken lies outside the source directory', (t) => {
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(path, (folder) => {
      const text = JSON.stringify({ entryScript: `${folder}score.py`, sourceDirectory: 'source' })
      try {
        const { config } = parseInferenceConfig({ file: 'i.json', text })
        const taken = posix.resolve('/source', config.entryScript ?? '')
        if (!taken.startsWith('/source/')) throw new Error(`${folder} leads to ${taken}`)
        outcomes.add('taken')
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        outcomes.add('refused')
      }
    }),
    { numRuns: 2000 },
  )
  t.deepEqual([...outcomes].sort(), ['refused', 'taken'])
})

test('no name in somebody else’s store or archive is written outside the folder it is for', (t) => {
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(path, (folder) => {
      try {
        const written = posix.normalize(safePath('/models', `${folder}file`))
        if (!written.startsWith('/models/')) throw new Error(`${folder} leads to ${written}`)
        outcomes.add('taken')
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        outcomes.add('refused')
      }
    }),
    { numRuns: 2000 },
  )
  t.deepEqual([...outcomes].sort(), ['refused', 'taken'])
  for (const name of ['../x', 'a/../../x', '/etc/x', 'a//x', 'C:/x', 'a\\..\\x', 'a/\0x'])
    t.throws(() => safePath('/models', name), { instanceOf: UserError }, name)
})
