import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { z } from 'zod'
import { clientSnippets } from '../../../core/targets/clientSnippets.ts'
import { newLines } from '../../../core/targets/newLines.ts'
import { OwnService } from '../operations/ownService.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest
let service: OwnService

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  service = await OwnService.create(workspace, 'consumed')
  await service.register()
  await workspace.done(service.deployment('1'))
})
test.after.always(() => workspace?.close())

const written = z.object({
  primaryKey: z.string(),
  secondaryKey: z.string(),
  scoringUri: z.string(),
})

/** The keys as they are, which no run prints. */
async function keys(...more: readonly string[]) {
  const file = join(await workspace.folder(), 'keys.json')
  const run = await workspace.done(['keys', '--service', 'consumed', '--file', file, ...more])
  t0(run.stdout + run.stderr)
  return { run, file, ...written.parse(JSON.parse(await readFile(file, 'utf8'))) }
  function t0(printed: string) {
    if (/[A-Za-z0-9+/]{32,}/.test(printed.replaceAll(/https?:\S+/g, '')))
      throw new Error(`A key was printed: ${printed}`)
  }
}

test.serial('keys are handed out to a file of their owner’s and printed nowhere', async (t) => {
  const { run, file, primaryKey, secondaryKey, scoringUri } = await keys()
  t.like(run.outputs, { changed: false, authentication: 'key', primaryKey: '***', secondaryKey: '***' })
  t.is((await stat(file)).mode & 0o777, 0o600)
  t.not(primaryKey, secondaryKey)
  const answer = await workspace.client.send('POST', scoringUri, {
    headers: { authorization: `Bearer ${primaryKey}`, 'content-type': 'application/json' },
    text: '{"data": []}',
  })
  t.is(answer.status, 200)
})

test.serial('one key is replaced, by a given or a made up one, and the other stays', async (t) => {
  const before = await keys()
  const after = await keys('--regenerate', 'primary')
  t.true(after.run.outputs.changed)
  t.not(after.primaryKey, before.primaryKey)
  t.is(after.secondaryKey, before.secondaryKey)
  const given = await keys('--regenerate', 'secondary', '--key-value', 'a-key-of-my-own')
  t.is(given.secondaryKey, 'a-key-of-my-own')
  t.notRegex(given.run.stdout + given.run.stderr, /a-key-of-my-own/)
  const planned = await keys('--regenerate', 'primary', '--dry-run')
  t.false(planned.run.outputs.changed)
  t.is(planned.primaryKey, after.primaryKey)
  const wrong = await workspace.cli(['keys', '--service', 'consumed', '--key-value', 'abcdef'])
  t.is(wrong.code, 2)
})

test.serial('a service is shown with samples of clients that really call it, and its swagger document', async (t) => {
  const { primaryKey } = await keys()
  const swagger = join(await workspace.folder(), 'swagger.json')
  const { outputs, stderr } = await workspace.done(['show', '--service', 'consumed', '--swagger-file', swagger])
  t.like(outputs, { state: 'Succeeded', models: ['consumed:1'], authentication: 'key' })
  t.like(JSON.parse(await readFile(swagger, 'utf8')), { swagger: '2.0' })
  const environment = {
    ...process.env,
    SERVICE_KEY: primaryKey,
    SSL_CERT_FILE: workspace.environment.SSL_CERT_FILE ?? workspace.environment.NODE_EXTRA_CA_CERTS,
    NODE_EXTRA_CA_CERTS: workspace.environment.NODE_EXTRA_CA_CERTS,
  }
  const snippet = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(stderr)?.[1] ?? ''
  // Not the synchronous kind: the embedded workspace answers from this very process.
  const programs = [
    [
      process.execPath,
      '--input-type=module',
      '-e',
      `${snippet('javascript').replace("'…'", 'process.env.SERVICE_KEY')}console.log(answer.result)`,
    ],
    ['python3', '-c', snippet('python')],
  ] as const
  for (const [program, ...args] of programs) {
    const { stdout } = await promisify(execFile)(program, args, { env: environment })
    t.regex(stdout, /^1$|'result': 1/m, program)
  }
})

test('samples need no key where none is asked for, and quote what they send', (t) => {
  const open = clientSnippets({ scoringUri: 'http://x/score', authentication: 'none', sample: `{"it's": 1}` })
  t.notRegex(open, /SERVICE_KEY/)
  t.true(open.includes(`-d '{"it'\\''s": 1}'`))
})

test.serial('the log of a service is read, followed for a while, and kept in a file', async (t) => {
  const file = join(await workspace.folder(), 'log.txt')
  const run = await workspace.done(['logs', '--service', 'consumed', '--lines', '50', '--file', file])
  t.regex(run.stderr, /told/)
  t.regex(await readFile(file, 'utf8'), /told/)
  const before = await workspace.done([
    ...['logs', '--service', 'consumed', '--lines', '500', '--follow', '--follow-seconds', '1'],
  ])
  t.true(Number(before.outputs.lines) >= 1)
  t.is((await workspace.cli(['logs', '--service', 'nobody'])).code, 2)
})

test('only what is new of a log is told, wherever the tail begins', (t) => {
  t.deepEqual(newLines([], ['a', 'b']), ['a', 'b'])
  t.deepEqual(newLines(['a', 'b'], ['a', 'b']), [])
  t.deepEqual(newLines(['a', 'b'], ['b', 'c']), ['c'])
  t.deepEqual(newLines(['a', 'b'], ['a', 'b', 'c', 'd']), ['c', 'd'])
  t.deepEqual(newLines(['a', 'b'], ['x', 'y']), ['x', 'y'])
})
