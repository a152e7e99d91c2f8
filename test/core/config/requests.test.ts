import test from 'ava'
import fc from 'fast-check'
import { parseJsonPath, printedJsonPath } from '../../../core/config/jsonPath.ts'
import { parseRequests } from '../../../core/config/requests.ts'

test('a file of requests is read with its expectations', (t) => {
  const text = `{
  "requests": [
    // the mean patient
    { "name": "mean", "body": {"data": [[0.10, 12345678901234567890, null]]}, "headers": {"x-trace": "1"},
      "expect": { "status": [200, 201], "latencyMilliseconds": {"max": 250}, "json": [
        {"path": "$.result[0]", "near": {"value": 150, "tolerance": 20}},
        {"path": "$['model version']", "equals": null},
        {"path": "$.unit[-1]", "matches": "^mg"}
      ] } },
    { "method": "get", "path": "/swagger.json", "expect": {"status": 200} },
    { "bodyFile": "data\\\\rows.json" }
  ]
}`
  const { requests, warnings } = parseRequests({ file: 'requests.json', text })
  t.deepEqual(warnings, [])
  t.deepEqual(requests, [
    {
      name: 'mean',
      method: 'POST',
      path: '/score',
      headers: { 'x-trace': '1' },
      body: { kind: 'json', text: '{"data": [[0.10, 12345678901234567890, null]]}' },
      expect: {
        status: [200, 201],
        maxMilliseconds: 250,
        json: [
          { kind: 'near', path: ['result', 0], value: 150, tolerance: 20 },
          { kind: 'equals', path: ['model version'], value: null },
          { kind: 'matches', path: ['unit', -1], pattern: '^mg' },
        ],
      },
      position: { file: 'requests.json', line: 4 },
    },
    {
      name: 'request 2',
      method: 'GET',
      path: '/swagger.json',
      headers: {},
      body: { kind: 'none' },
      expect: { status: [200], maxMilliseconds: undefined, json: [] },
      position: { file: 'requests.json', line: 10 },
    },
    {
      name: 'request 3',
      method: 'POST',
      path: '/score',
      headers: {},
      body: { kind: 'file', path: 'data/rows.json' },
      expect: { status: undefined, maxMilliseconds: undefined, json: [] },
      position: { file: 'requests.json', line: 11 },
    },
  ])
})

test('any other JSON is the body of one request that is to succeed, digit for digit', (t) => {
  const text = '{"data": [[1.50, 12345678901234567890]]}'
  const { requests } = parseRequests({ file: 'samples/sample_request.json', text: `\uFEFF${text}\n` })
  t.like(requests, [{ name: 'sample_request.json', method: 'POST', path: '/score', body: { kind: 'json', text } }])
  t.deepEqual(requests[0]?.expect, { status: undefined, maxMilliseconds: undefined, json: [] })
})

test('a body in YAML, or in JSON with comments, is sent as JSON', (t) => {
  const bodyOf = (file: string, text: string) => {
    const body = parseRequests({ file, text }).requests[0]?.body
    return body?.kind === 'json' ? JSON.parse(body.text) : undefined
  }
  t.deepEqual(bodyOf('a.yml', 'data:\n  - [1, null]\n'), { data: [[1, null]] })
  t.deepEqual(bodyOf('a.json', '// rows\n{"data": [1,]}'), { data: [1] })
  t.deepEqual(bodyOf('a.yml', "requests:\n  - body: {data: ['x', 0x10]}\n"), { data: ['x', 16] })
  t.deepEqual(bodyOf('a.yml', 'requests:\n  - body: &b {"a": 1}\n  - body: {"x": 2}\n'), { a: 1 })
  t.is(bodyOf('a.json', '{"requests": [{"body": null}]}'), null)
})

test('a key that looks like a slip for "requests" is pointed out', (t) => {
  const { requests, warnings } = parseRequests({ file: 'a.json', text: '{"request": [{"name": "a"}]}' })
  t.is(requests.length, 1)
  t.regex(warnings[0]?.message ?? '', /no key "requests".*"request" is part of that body/)
})

test('a body of several million characters is read quickly', (t) => {
  const text = JSON.stringify({ data: Array.from({ length: 500_000 }, (_, index) => index) })
  t.like(parseRequests({ file: 'a.json', text }).requests, [{ body: { kind: 'json', text } }])
})

test('JSON paths in all their forms are read, and what is none is refused with the place', (t) => {
  t.deepEqual(parseJsonPath('$'), { path: [] })
  t.deepEqual(parseJsonPath(`$.a-b['c d']["e'"]['it\\'s'][0][-1]`), { path: ['a-b', 'c d', "e'", "it's", 0, -1] })
  t.deepEqual(parseJsonPath('$..a'), { fault: `at "..a" one of .name, ['name'], [0], [-1] is allowed` })
  t.deepEqual(parseJsonPath('$.a '), { fault: `at " " one of .name, ['name'], [0], [-1] is allowed` })
})

test('a printed JSON path reads as the same path', (t) => {
  const part = fc.oneof(fc.string({ maxLength: 10 }), fc.integer({ min: -99, max: 99_999 }))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (path) => {
      t.deepEqual(parseJsonPath(printedJsonPath(path)), { path })
    }),
  )
})
