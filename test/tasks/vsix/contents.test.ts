import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { version } from '../../../core/index.ts'
import { messages } from '../../../tasks/messages.ts'
import { agentEnvironment } from '../agentEnvironment.ts'
import { runTask } from '../runTask.ts'
import { unpackedExtension } from './unpackedExtension.ts'

const extension = unpackedExtension()
const { folder, files } = extension
const tasks = [...new Set(files.flatMap((name) => /^tasks\/(\w+)\//.exec(name)?.[1] ?? []))]

test('what a task says of its own comes from the messages of its manifest, in the language of the agent', async (t) => {
  const copy = mkdtempSync(join(tmpdir(), 'azureml-cd-messages-'))
  t.teardown(() => rmSync(copy, { recursive: true }))
  cpSync(join(folder, 'tasks', 'AzureMLWatch'), copy, { recursive: true })
  const german = join(copy, 'Strings', 'resources.resjson', 'de-DE')
  mkdirSync(german, { recursive: true })
  const texts = { 'loc.messages.ConnectionMissing': 'Die Verbindung "%s" fehlt diesem Job.' }
  writeFileSync(join(german, 'resources.resjson'), JSON.stringify(texts))
  const run = (culture: string) =>
    runTask([join(copy, 'index.mjs')], {
      environment: (job) => ({
        ...agentEnvironment({ folder: job, inputs: { connection: 'nowhere' } }),
        SYSTEM_CULTURE: culture,
      }),
    })
  const [german1, english] = [await run('de-DE'), await run('en-US')]
  t.regex(german1.issues[0]?.message ?? '', /^Die Verbindung "nowhere" fehlt diesem Job\./)
  t.is(german1.message, messages.BadInput, 'What is not translated stays English.')
  t.regex(english.issues[0]?.message ?? '', /^The service connection "nowhere" is not there for this job\./)
})

test('the extension holds what it must, and nothing of the tests, the maps or the secrets of this machine', (t) => {
  for (const name of [
    'extension.vsixmanifest',
    'extension.vsomanifest',
    'overview.md',
    'LICENSE.txt',
    'ThirdPartyNotices.txt',
  ])
    t.true(files.includes(name), name)
  t.deepEqual(
    files.filter((name) => /test|\.map$|\.env|\.pem$|node_modules|\.ts$/.test(name)),
    [
      'tasks/AzureMLTest/icon.png',
      'tasks/AzureMLTest/index.mjs',
      'tasks/AzureMLTest/lib.json',
      'tasks/AzureMLTest/task.json',
      ...files.filter((name) => name.startsWith('tasks/AzureMLTest/late/')),
    ].filter((name) => files.includes(name) && /test/.test(name)),
  )
  const manifest = z
    .object({
      contributions: z.array(
        z.object({ id: z.string(), type: z.string(), properties: z.looseObject({ name: z.string() }) }),
      ),
    })
    .parse(JSON.parse(readFileSync(join(folder, 'extension.vsomanifest'), 'utf8')))
  const tasks = manifest.contributions.filter(({ type }) => type === 'ms.vss-distributed-task.task')
  for (const { properties } of tasks)
    for (const name of ['task.json', 'icon.png', 'index.mjs', 'lib.json'])
      t.true(existsSync(join(folder, properties.name, name)), `${properties.name}/${name}`)
  t.is(tasks.length, files.filter((name) => /^tasks\/\w+\/task\.json$/.test(name)).length)
  t.regex(readFileSync(join(folder, 'extension.vsixmanifest'), 'utf8'), new RegExp(`Version="${version}"`))
  const notices = readFileSync(join(folder, 'ThirdPartyNotices.txt'), 'utf8')
  for (const name of ['@azure/identity', 'azure-pipelines-task-lib', 'zod'])
    t.true(notices.includes(`\n${name}@`), name)
  const sources = files.filter((name) => name.endsWith('.mjs')).map((name) => readFileSync(join(folder, name), 'utf8'))
  t.false(
    sources.some((text) => text.includes(process.cwd())),
    'No path of this machine.',
  )
})

test('beside the extension lies the list of the packages that are in it, each with its version', (t) => {
  const sbom = z
    .object({
      bomFormat: z.literal('CycloneDX'),
      components: z.array(z.object({ name: z.string(), version: z.string(), purl: z.string() })),
    })
    .parse(JSON.parse(readFileSync(extension.vsix.replace(/\.vsix$/, '.cdx.json'), 'utf8')))
  const names = sbom.components.map(({ name }) => name)
  for (const name of ['@azure/identity', 'azure-pipelines-task-lib', 'zod']) t.true(names.includes(name), name)
  const notices = readFileSync(join(folder, 'ThirdPartyNotices.txt'), 'utf8')
  for (const { name, version: own, purl } of sbom.components) {
    t.true(notices.includes(`\n${name}@${own}\n`), `${name} has no licence in the notices`)
    t.is(purl, `pkg:npm/${name.replace('@', '%40')}@${own}`)
  }
  t.false(
    names.some((name) => /^(ava|esbuild|typescript|tfx-cli|azurite)$/.test(name)),
    'Nothing of the workshop.',
  )
})

test('a task has at most 6 MB, loads at most 2.2 MB of them at once, and the extension has at most 25 MB', (t) => {
  const size = (name: string): number => statSync(join(folder, name)).size
  for (const task of tasks) {
    const own = files.filter((name) => name.startsWith(`tasks/${task}/`))
    const payload = own.reduce((sum, name) => sum + size(name), 0)
    t.true(payload <= 6e6, `${task}: ${payload} bytes`)
    const atOnce = new Set<string>()
    const visit = (name: string): void => {
      if (atOnce.has(name)) return
      atOnce.add(name)
      const text = readFileSync(join(folder, name), 'utf8')
      for (const [, other = ''] of text.matchAll(/^(?:import|export)[^'"]*?["'](\.{1,2}\/[^'"]+)["'];?$/gm))
        visit(join(name, '..', other).replaceAll('\\', '/'))
    }
    visit(`tasks/${task}/index.mjs`)
    // Loaded by every task, though late.
    for (const name of own) if (/\/host-\w+\.mjs$/.test(name)) visit(name)
    const eager = [...atOnce].reduce((sum, name) => sum + size(name), 0)
    t.log(`${task}: ${(payload / 1e6).toFixed(2)} MB, ${(eager / 1e6).toFixed(2)} MB at once`)
    t.true(eager <= 2.2e6, `${task}: ${eager} bytes at once`)
  }
  const vsix = statSync(extension.vsix).size
  t.log(`VSIX: ${(vsix / 1e6).toFixed(2)} MB`)
  t.true(vsix <= 25e6, `${vsix} bytes`)
})

test('the development extension stands beside the other: every id and every name is another', (t) => {
  const development = unpackedExtension('development')
  const of = (root: string, names: readonly string[]) =>
    names
      .filter((name) => /\/task\.json$/.test(name))
      .map((name) =>
        z
          .object({ id: z.string(), name: z.string(), friendlyName: z.string().max(40) })
          .parse(JSON.parse(readFileSync(join(root, name), 'utf8'))),
      )
  const [production, other] = [of(folder, files), of(development.folder, development.files)]
  t.is(production.length, other.length)
  t.is(new Set([...production, ...other].map(({ id }) => id)).size, 2 * production.length)
  t.is(new Set([...production, ...other].map(({ name }) => name)).size, 2 * production.length)
  t.regex(readFileSync(join(development.folder, 'extension.vsixmanifest'), 'utf8'), /Id="azureml-cd-dev"/)
})
