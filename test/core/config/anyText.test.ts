import test from 'ava'
import fc from 'fast-check'
import { parseCondaFile } from '../../../core/config/condaFile.ts'
import { parseDeploymentConfig } from '../../../core/config/deploymentConfig.ts'
import { parseDocument, type SourceFile } from '../../../core/config/document.ts'
import { parseInferenceConfig } from '../../../core/config/inferenceConfig.ts'
import { readLegacyParameters } from '../../../core/config/legacyParameters.ts'
import { parseRequests } from '../../../core/config/requests.ts'
import { parseTargetDeployment } from '../../../core/config/targetDeployment.ts'
import { InputError } from '../../../core/errors.ts'

function read(text: string) {
  return parseDocument({ file: 'a.yml', text })
}

const knownWords = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  ':',
  ',',
  '\n',
  '  ',
  '- ',
  '? ',
  '&a ',
  '*a',
  '!t ',
  '|',
  '>',
  '#',
  '%',
  '---',
  '//',
  '/*',
  '\t',
  '\uFEFF',
  '\r\n',
  'entryScript',
  'environment',
  'docker',
  'python',
  'computeType',
  'autoScaler',
  'keys',
  'requests',
  'expect',
  'json',
  'path',
  '1',
  'true',
  'null',
  '<<',
)

test('no text makes a parser throw anything but an InputError', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(knownWords, { maxLength: 60 }).map((words) => words.join('')),
    fc.json({ maxDepth: 6 }),
  )
  const parsers = [parseInferenceConfig, parseDeploymentConfig, parseRequests]
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(text, fc.constantFrom('a.json', 'a.yml'), fc.constantFrom(...parsers), (source, file, parse) => {
      outcomes.add(outcomeOf(() => parse({ file, text: source })))
    }),
    { numRuns: 3000 },
  )
  // Not so blind that nothing ever gets through, or nothing ever fails.
  t.deepEqual([...outcomes].sort(), ['read', 'refused'])
})

test('no text makes what reads deployment configurations of any target throw anything but an InputError', (t) => {
  const parsers = (['managed', 'local', 'aci', 'aks', 'batch', 'iot-edge', undefined] as const).map(
    (target) => (source: SourceFile) => parseTargetDeployment(source, target),
  )
  const key = fc.constantFrom(
    ...['computeType', 'containerResourceRequirements', 'autoScaler', 'keys', 'tags', 'amlModule', 'routes', 'cname'],
    ...['dataCollection', 'livenessProbeRequirements', 'acrCredentials', 'externalModules', 'retrySettings', 'port'],
  )
  const inner = fc.dictionary(
    fc.constantFrom('cpu', 'memoryInGB', 'moduleName', 'maxReplicas', 'storageEnabled', 'createOptions', '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 3 },
  )
  const words = fc.constantFrom('ACI', 'aks', 'aksendpoint', 'iot', 'local', 'batch', 'True', 1, -1, null, [])
  const given = fc.dictionary(key, fc.oneof(words, inner, fc.jsonValue({ maxDepth: 3 })), { maxKeys: 6 })
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(given, fc.constantFrom(...parsers), fc.constantFrom('d.json', 'd.yml'), (value, parse, file) => {
      outcomes.add(outcomeOf(() => parse({ file, text: JSON.stringify(value) })))
    }),
    { numRuns: 2000 },
  )
  t.deepEqual([...outcomes].sort(), ['read', 'refused'])
})

test('no text makes what reads conda files, models of v2 and parameters of the old actions throw anything else', (t) => {
  const parsers = [parseCondaFile, (source: SourceFile) => readLegacyParameters('deploy', source)]
  const text = fc.oneof(
    fc.array(knownWords, { maxLength: 40 }).map((words) => words.join('')),
    fc.json({ maxDepth: 5 }),
    fc
      .record({ dependencies: fc.jsonValue({ maxDepth: 3 }), name: fc.jsonValue({ maxDepth: 1 }) })
      .map((value) => JSON.stringify(value)),
  )
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(text, fc.constantFrom(...parsers), (source, parse) => {
      outcomes.add(outcomeOf(() => parse({ file: 'c.yml', text: source })))
    }),
    { numRuns: 1500 },
  )
  t.deepEqual([...outcomes].sort(), ['read', 'refused'])
})

test('a configuration of 10 MB is refused at once, whatever is in it', (t) => {
  const big = 10 * 1_048_576
  const contents = {
    text: `{"entryScript": "${'x'.repeat(big)}"}`,
    list: `a: [${'1,'.repeat(big / 2)}]`,
    depth: '['.repeat(big),
    breaks: '\r\n'.repeat(big / 2),
    comment: `# ${'y'.repeat(big)}`,
  }
  const started = performance.now()
  for (const [what, text] of Object.entries(contents))
    t.throws(
      () => parseInferenceConfig({ file: 'a.yml', text }),
      { instanceOf: InputError, message: /^a\.yml:1: The file has 10\.0 Mi characters; at most 1\.0 Mi are read\.$/ },
      what,
    )
  t.true(performance.now() - started < 2000)
})

test('a file has the same value with any line ends and with or without a byte order mark', (t) => {
  const lines = fc.array(
    fc.tuple(fc.constantFrom('a', 'b', 'c', 'dd'), fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('x', '"y z"'))),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), (pairs, lineBreak, marked) => {
      const unique = [...new Map(pairs)].map(([key, value]) => `${key}: ${value}`)
      const plain = read(`${unique.join('\n')}\n`)
      const other = read(`${marked ? '\uFEFF' : ''}${unique.join(lineBreak)}${lineBreak}`)
      t.deepEqual(other.value, plain.value)
      for (const [key] of pairs) t.is(other.line([key]), plain.line([key]))
    }),
    { numRuns: 200 },
  )
})

const numbers = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(9_007_199_254_740_991),
)
const anything = fc.oneof(
  numbers,
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.anything(), { maxLength: 2 }),
)

test('no value of a known key makes the deployment configuration throw anything but an InputError', (t) => {
  const probe = fc.dictionary(fc.constantFrom('initialDelaySeconds', 'periodSeconds', 'failureThreshold'), anything)
  const given = fc.record(
    {
      instanceCount: anything,
      livenessProbe: probe,
      requestSettings: fc.dictionary(fc.constantFrom('requestTimeoutMs', 'maxQueueWaitMs'), anything),
      maxQueueWaitMs: anything,
      autoScaler: fc.dictionary(fc.constantFrom('minReplicas', 'maxReplicas', 'autoscaleEnabled'), anything),
      tags: anything,
      keys: anything,
    },
    { requiredKeys: [] },
  )
  const likely = fc.record({ instanceCount: fc.integer({ min: -1, max: 5 }), tags: fc.constant({ a: 'b' }) })
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(fc.oneof(given, likely), (value) => {
      outcomes.add(outcomeOf(() => parseDeploymentConfig({ file: 'd.json', text: JSON.stringify(value) })))
    }),
    { numRuns: 500 },
  )
  t.deepEqual([...outcomes].sort(), ['read', 'refused'])
})

/** Throws whatever is thrown that is no InputError. */
function outcomeOf(parse: () => unknown): 'read' | 'refused' {
  try {
    parse()
    return 'read'
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return 'refused'
  }
}
