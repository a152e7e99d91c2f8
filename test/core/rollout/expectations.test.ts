import test from 'ava'
import fc from 'fast-check'
import { anySuccess, type Expectation } from '../../../core/config/requestSchema.ts'
import { parseRequests } from '../../../core/config/requests.ts'
import { firstDifference } from '../../../core/rollout/expectations.ts'

function expecting(expect: unknown): Expectation {
  const text = JSON.stringify({ requests: [{ expect }] })
  return parseRequests({ file: 'r.json', text }).requests[0]?.expect ?? anySuccess
}

function difference(expect: unknown, answer: unknown, rest: { status?: number; milliseconds?: number } = {}) {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer)
  return firstDifference(expecting(expect), { status: 200, milliseconds: 1, body, ...rest })
}

const near = { json: [{ path: '$.result[0]', near: { value: 150, tolerance: 20 } }] }

test('an answer as expected has no difference', (t) => {
  t.is(difference({}, ''), undefined)
  t.is(difference({}, '', { status: 204 }), undefined)
  t.is(difference({ status: [200, 404] }, '', { status: 404 }), undefined)
  t.is(difference({ latencyMilliseconds: { max: 10 } }, '', { milliseconds: 10 }), undefined)
  for (const value of [130, 150, 170]) t.is(difference(near, { result: [value] }), undefined)
  t.is(difference({ json: [{ path: '$', equals: { a: [1, { b: null }] } }] }, { a: [1, { b: null }] }), undefined)
  t.is(difference({ json: [{ path: '$[-1]', matches: '^o.$' }] }, ['no', 'ok']), undefined)
  t.is(difference({ json: [{ path: '$.n', matches: '^4' }] }, { n: 42 }), undefined)
})

test('the first difference is one sentence with what was found and what was expected', (t) => {
  const rows: readonly (readonly [string | undefined, string])[] = [
    [difference({}, 'boom', { status: 500 }), 'The status is 500, expected 2xx; the body is "boom".'],
    [difference({ status: 200 }, '', { status: 404 }), 'The status is 404, expected 200; the body is empty.'],
    [difference(near, { result: [512.3456789] }), '$.result[0] is 512.346, expected 150 ± 20.'],
    [difference(near, { result: [170.0000001] }), '$.result[0] is 170.0000001, expected 150 ± 20.'],
    [difference(near, { result: ['150'] }), '$.result[0] is "150", expected 150 ± 20.'],
    [difference(near, { result: [] }), '$.result[0] is missing: $.result has 0 items. Expected 150 ± 20.'],
    [
      difference(near, { error: 'x', code: 1 }),
      '$.result[0] is missing: $ has the keys "error", "code". Expected 150 ± 20.',
    ],
    [
      difference(near, { result: 'Error' }),
      '$.result[0] is missing: $.result is "Error", not a list. Expected 150 ± 20.',
    ],
    [difference(near, []), '$.result[0] is missing: $ is [], not an object. Expected 150 ± 20.'],
    [
      difference(near, '{"result": [NaN]}'),
      'The body is no JSON but "{\\"result\\": [NaN]}", expected a value at $.result[0].',
    ],
    [difference(near, ''), 'The body is empty, expected a value at $.result[0].'],
    [difference({ json: [{ path: '$.a', equals: [1, 2] }] }, { a: [1, 3] }), '$.a[1] is 3, expected 2.'],
    [difference({ json: [{ path: '$.a', equals: [1, 2] }] }, { a: [1] }), '$.a has 1 item, expected 2.'],
    [
      difference({ json: [{ path: '$', equals: { a: 1 } }] }, { a: 1, b: 2 }),
      '$ has the key "b", which is not expected.',
    ],
    [difference({ json: [{ path: '$', equals: { a: 1 } }] }, {}), '$.a is missing, expected 1.'],
    [difference({ json: [{ path: '$', equals: 1 }] }, 1.000000001), '$ is 1.000000001, expected 1.'],
    [difference({ json: [{ path: '$', equals: {} }] }, []), '$ is [], expected {}.'],
    [
      difference({ json: [{ path: '$.v', matches: '^2$' }] }, { v: '3' }),
      '$.v is "3", expected text that matches /^2$/.',
    ],
    [difference({ json: [{ path: '$.v', matches: '' }] }, { v: null }), '$.v is null, expected text that matches //.'],
    [
      difference({ latencyMilliseconds: { max: 500 } }, '', { milliseconds: 811.2 }),
      'The answer took 812 ms, expected at most 500 ms.',
    ],
  ]
  for (const [found, expected] of rows) t.is(found, expected)
})

test('status comes before values, values in their order before the time taken', (t) => {
  const all = {
    latencyMilliseconds: { max: 1 },
    json: [
      { path: '$.a', equals: 1 },
      { path: '$.b', equals: 1 },
    ],
  }
  const found = (answer: unknown, status: number) => difference(all, answer, { status, milliseconds: 5 }) ?? ''
  t.regex(found({ a: 2, b: 2 }, 500), /^The status/)
  t.regex(found({ a: 2, b: 2 }, 200), /^\$\.a is 2/)
  t.regex(found({ a: 1, b: 2 }, 200), /^\$\.b is 2/)
  t.regex(found({ a: 1, b: 1 }, 200), /^The answer took/)
})

test('JSON that the script has encoded itself, as many of v1 do, is looked into', (t) => {
  const twice = JSON.stringify(JSON.stringify({ result: [151] }))
  t.is(difference(near, twice), undefined)
  t.is(difference({ json: [{ path: '$', equals: '{"a":1}' }] }, JSON.stringify('{"a":1}')), undefined)
})

test('long and deep answers give short messages', (t) => {
  const deep = `{"result": [${'['.repeat(50_000)}${']'.repeat(50_000)}]}`
  for (const body of ['x'.repeat(1_000_000), deep, JSON.stringify({ result: ['y'.repeat(100_000)] })]) {
    const found = difference(near, body) ?? ''
    t.true(found.length > 0 && found.length < 500, `${found.length} characters`)
  }
})

test('any JSON value equals itself, and a changed one does not', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (one, other) => {
      const expect: Expectation = { ...anySuccess, json: [{ kind: 'equals', path: [], value: one }] }
      const compare = (body: string) => firstDifference(expect, { status: 200, milliseconds: 1, body })
      t.is(compare(JSON.stringify(one)), undefined)
      const isSame = canonical(one) === canonical(other)
      t.is(compare(JSON.stringify(other)) === undefined, isSame)
    }),
  )
})

/** JSON with sorted keys; minus zero is zero. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
  return `{${entries.sort().join()}}`
}
