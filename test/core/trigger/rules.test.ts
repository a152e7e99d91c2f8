import test from 'ava'
import fc from 'fast-check'
import { parseMetricExpression } from '../../../core/config/metricExpression.ts'
import type { TriggerRule } from '../../../core/config/triggerFile.ts'
import { judgeMetrics } from '../../../core/trigger/metrics.ts'
import type { RegisteredVersion } from '../../../core/trigger/registry.ts'
import { judge } from '../../../core/trigger/rules.ts'
import { compareAge, hasVersion, noVersions, withoutVersion, withVersion } from '../../../core/trigger/versionOrder.ts'
import { fitsWildcard } from '../../../core/trigger/wildcard.ts'

const rule: TriggerRule = {
  ...{ name: 'r', enabled: true, dryRun: false, sources: [], models: ['m*'], tags: {}, properties: {} },
  ...{ stage: undefined, minimumVersion: undefined, since: undefined, when: undefined, order: 'newest' },
  ...{ debounceSeconds: 0, service: undefined, concurrency: undefined, quietHours: [], destinations: ['d'] },
}
const version: RegisteredVersion = {
  ...{ model: 'm1', version: '7', id: '/m1/7', tags: { stage: 'ready', rmse: '57.2' }, properties: { by: 'sklearn' } },
  ...{ stage: undefined, isArchived: false, registeredAt: '2026-11-27T00:00:00Z' },
}
const source = { name: 'ws' }

function refusals(over: Partial<TriggerRule>, of: Partial<RegisteredVersion> = {}): readonly string[] {
  const { selected, reasons } = judge({
    rule: { ...rule, ...over },
    version: { ...version, ...of },
    ...{ source, served: undefined },
  })
  const texts = reasons.filter(({ holds }) => !holds).map(({ text }) => text)
  return selected === (texts.length === 0) ? texts : ['the verdict does not follow from its reasons']
}

test('each condition of a rule selects or says why not', (t) => {
  t.deepEqual(refusals({}), [])
  t.deepEqual(refusals({ enabled: false }), ['the rule is not enabled'])
  t.deepEqual(refusals({ models: ['m*', '!m1'] }), ['the model is m1, asked for is m*, !m1'])
  t.deepEqual(refusals({ sources: ['other'] }), ['it is in ws, asked for is other'])
  t.deepEqual(refusals({}, { isArchived: true }), ['it is archived'])
  t.deepEqual(refusals({ tags: { stage: 'ready', rmse: '*', gone: '!*' }, properties: { by: 'sk*' } }), [])
  t.deepEqual(refusals({ tags: { stage: 'done', gone: '*' } }), [
    'the tag stage is "ready", asked for is done',
    'the tag gone is not there, asked for is *',
  ])
  t.deepEqual(refusals({ tags: { stage: '!re*' } }), ['the tag stage is "ready", asked for is !re*'])
  t.deepEqual(refusals({ tags: { constructor: '*' } }), ['the tag constructor is not there, asked for is *'])
  t.deepEqual(refusals({ stage: 'Production' }), ['the stage is not set, asked for is Production'])
  t.deepEqual(refusals({ stage: 'Production' }, { stage: 'production' }), [])
  t.deepEqual(refusals({ minimumVersion: 8 }), ['the version is 7, asked for is at least 8'])
  t.deepEqual(refusals({ minimumVersion: 7 }), [])
  t.deepEqual(refusals({ minimumVersion: 0 }, { version: 'a' }), ['the version is a, asked for is at least 0'])
  t.deepEqual(refusals({ since: '2026-11-28' }), [
    'it was registered 2026-11-27T00:00:00Z, asked for is since 2026-11-28',
  ])
  t.deepEqual(refusals({ since: '2026-11-27' }), [])
})

function metrics(
  text: string,
  tags: Readonly<Record<string, string>>,
  served?: Readonly<Record<string, string>>,
): string {
  const parsed = parseMetricExpression(text)
  if ('fault' in parsed) return parsed.fault
  const labels = { tags, properties: { depth: '3' } }
  const { holds, because } = judgeMetrics(parsed.expression, labels, served && { tags: served, properties: {} })
  return `${holds}: ${because.join('; ')}`
}

test('comparisons of metrics hold for numbers only, and say what they saw', (t) => {
  t.is(metrics('rmse < 60', { rmse: '57.2' }), 'true: rmse (57.2) is < 60')
  t.is(metrics('rmse < 57.2', { rmse: '57.2' }), 'false: rmse (57.2) is not < 57.2')
  t.is(metrics('rmse < 60', {}), 'false: rmse is not there')
  t.is(metrics('rmse < 60', { rmse: 'n/a' }), 'false: rmse is "n/a", which is no number')
  t.is(metrics('rmse >= 0', { rmse: '' }), 'false: rmse is "", which is no number')
  t.is(metrics('rmse == 16', { rmse: '0x10' }), 'false: rmse is "0x10", which is no number')
  t.is(metrics('depth == 3 and properties.depth != 4', {}), 'true: depth (3) is == 3; properties.depth (3) is != 4')
  t.is(metrics('tags.depth == 3', {}), 'false: tags.depth is not there')
  t.is(metrics(`team == 'a b'`, { team: 'a b' }), 'true: team (a b) is == "a b"')
  t.is(metrics(`tags['my metric'] > 1`, { 'my metric': '2e0' }), 'true: tags.my metric (2e0) is > 1')
})

test('what is missing never holds, by whatever comparison; nothing served is beaten by any version', (t) => {
  for (const by of ['<', '<=', '>', '>=', '==', '!=']) t.regex(metrics(`gone ${by} 1`, {}), /^false/)
  t.is(metrics('r2 > served.r2', { r2: '0.5' }, { r2: '0.4' }), 'true: r2 (0.5) is > served.r2 (0.4)')
  t.is(metrics('r2 > served.r2', { r2: '0.5' }, { r2: '0.5' }), 'false: r2 (0.5) is not > served.r2 (0.5)')
  t.is(metrics('r2 > served.r2', { r2: '0.5' }), 'true: nothing is served to compare with')
  t.is(metrics('r2 > served.r2', { r2: '0.5' }, {}), 'false: served.r2 is not there')
})

test('and binds before or, and parentheses before both', (t) => {
  t.regex(metrics('1 == 2 and 1 == 2 or 1 == 1', {}), /^true/)
  t.regex(metrics('1 == 2 and (1 == 2 or 1 == 1)', {}), /^false/)
})

test('an expression that is none says where', (t) => {
  t.is(metrics('rmse', {}), 'one of <= >= == != < > is required at its end')
  t.is(metrics('rmse < 60 r2', {}), '"and" or "or" may follow, and "r2" at column 11 does not fit there')
  t.is(
    metrics('not rmse < 3', {}),
    'a number, a text in quotes, or the name of a tag or property is required, and "not" at column 1 does not fit there',
  )
  t.is(
    metrics('a < ; 3', {}),
    'an expression such as "rmse < 60 and r2 >= 0.4" is allowed, and ";" at column 5 does not fit there',
  )
  t.regex(metrics(`${'('.repeat(30)}a < 1`, {}), /at most 20 parentheses/)
  t.regex(metrics('a < 1 '.repeat(200), {}), /at most 500 characters/)
})

test('any text is an expression or a fault, and never anything else', (t) => {
  const parts = fc.constantFrom(
    'rmse',
    'served.',
    'tags',
    '<',
    '==',
    '(',
    ')',
    '[',
    ']',
    "'",
    '"',
    'and',
    'or',
    '1',
    '.',
    ' ',
    '\\',
    'é',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (texts) => {
      const parsed = parseMetricExpression(texts.join(''))
      t.true('fault' in parsed ? parsed.fault.length > 0 : parsed.expression.kind.length > 0)
    }),
    { numRuns: 500 },
  )
})

test('a wildcard fits as a regular expression of the same meaning would, in little time', (t) => {
  const letters = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((all) => all.join(''))
  const patterns = fc.array(fc.constantFrom('a', 'b', '*', '?', '/'), { maxLength: 8 }).map((all) => all.join(''))
  fc.assert(
    fc.property(patterns, letters, (pattern, text) => {
      const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
      t.is(fitsWildcard(pattern, text), same.test(text), `${pattern} ~ ${text}`)
    }),
  )
  const started = performance.now()
  t.false(fitsWildcard('*a'.repeat(100), 'b'.repeat(10_000)))
  t.true(performance.now() - started < 1000)
})

test('versions are ordered by when they were registered, then by their number', (t) => {
  const at = (version: string, registeredAt = '2026-11-27T00:00:00Z') => ({ version, registeredAt })
  t.true(compareAge(at('9'), at('10')) < 0)
  t.true(compareAge(at('10', '2026-11-26T00:00:00Z'), at('9')) < 0)
  t.is(compareAge(at('a'), at('a')), 0)
  t.true(compareAge(at('a'), at('b')) < 0)
})

test('a set of versions has what was put into it and nothing else, and a long run of numbers takes one entry', (t) => {
  const names = fc.oneof(fc.nat(30).map(String), fc.constantFrom('007', 'a', 'b', '1.0'))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), names)), (changes) => {
      const plain = new Set<string>()
      let set = noVersions
      for (const [add, name] of changes) {
        if (add) plain.add(name)
        else plain.delete(name)
        set = add ? withVersion(set, name) : withoutVersion(set, name)
      }
      for (let number = 0; number <= 31; number += 1) t.is(hasVersion(set, String(number)), plain.has(String(number)))
      for (const name of ['007', 'a', 'b', '1.0']) t.is(hasVersion(set, name), plain.has(name))
    }),
  )
  let set = noVersions
  for (let number = 1; number <= 1000; number += 1) set = withVersion(set, String(number))
  t.deepEqual(set, { runs: [[1, 1000]], others: [] })
})
