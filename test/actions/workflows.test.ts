import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { build } from 'esbuild'
import { parse } from 'yaml'
import { z } from 'zod'

type Validator = typeof import('./languageService.ts')

/** Inside the repository, so that packages are found. */
const service = (async (): Promise<Validator> => {
  const folder = await mkdtemp(resolve('dist-language-service-'))
  try {
    const outfile = join(folder, 'service.mjs')
    await build({
      ...{ entryPoints: ['test/actions/languageService.ts'], outfile, bundle: true, format: 'esm', platform: 'node' },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})()

const manifestOf = (folder: string) => readFile(join(folder, 'action.yml'), 'utf8').catch(() => undefined)
const yamlIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(folder, name))

/** Every page for people, wherever it lies. */
const pages = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
]

/** What the repository shows of workflows: files, and pieces of its pages; a piece of steps is put into a workflow. */
const shown: readonly (readonly [where: string, text: string])[] = [
  ...[...yamlIn('examples/github'), ...yamlIn('.github/workflows')].map(
    (file) => [file, readFileSync(file, 'utf8')] as const,
  ),
  ...pages.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].flatMap(([, text = ''], index) =>
      /^\s*(- )?uses: /m.test(text) ? [[`${file}, piece ${index + 1}`, asWorkflow(text)] as const] : [],
    ),
  ),
]

function asWorkflow(piece: string): string {
  if (/^(on|jobs):/m.test(piece)) return piece
  const indented = piece.replaceAll(/^(?=.)/gm, '      ')
  return `on: push\njobs:\n  piece:\n    runs-on: ubuntu-24.04\n    steps:\n${indented}`
}

const step = z.looseObject({
  id: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
})
const workflow = z.looseObject({
  permissions: z.unknown().optional(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: z.unknown().optional(),
      steps: z.array(step).default([]),
      uses: z.string().optional(),
    }),
  ),
})

test("GitHub's language service finds nothing wrong with any manifest", async (t) => {
  const { findingsIn } = await service
  const manifests = ['action.yml', ...readdirSync('actions').map((name) => join('actions', name, 'action.yml'))]
  let checked = 0
  for (const file of manifests) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    checked += 1
    t.deepEqual(await findingsIn('action', text, manifestOf), [], file)
    const { inputs, outputs } = parse(text)
    for (const [name, described] of Object.entries<{ description?: string }>({ ...inputs, ...outputs }))
      t.true((described.description ?? '').length > 5, `${file}: ${name} has no description.`)
  }
  t.true(checked > 10)
  t.not((await findingsIn('action', 'name: x\nruns:\n  using: node24\n', manifestOf)).length, 0, 'It does find.')
})

test("GitHub's language service finds nothing wrong with any workflow, nor with what a page shows of one", async (t) => {
  const { findingsIn } = await service
  for (const [where, text] of shown) t.deepEqual(await findingsIn('workflow', text, manifestOf), [], where)
  const wrong = asWorkflow('- uses: your-org/azureml-cd/actions/test@v1\n  with:\n    nmae: x\n')
  const found = (await findingsIn('workflow', wrong, manifestOf)).join('\n')
  t.regex(found, /nmae/)
  t.regex(found, /Missing required input/)
})

test('every action of ours that a page or a workflow names is there, by the tag that a release has', async (t) => {
  const named: string[] = []
  for (const file of [...pages, ...yamlIn('examples/github'), 'docs/azure-devops/overview.md'])
    for (const [, folder = '', tag = ''] of readFileSync(file, 'utf8').matchAll(
      /your-org\/azureml-cd((?:\/[\w-]+)*)(?:@([\w.]+))?/g,
    )) {
      named.push(folder)
      if (folder !== '/actions/NAME') t.truthy(await manifestOf(`.${folder}`), `${file}: your-org/azureml-cd${folder}`)
      if (folder !== '' || tag !== '') t.is(tag, 'v1', `${file}: your-org/azureml-cd${folder}`)
    }
  t.true(named.length > 15)
})

test('the outputs that workflows read are outputs of the actions they use', async (t) => {
  let read = 0
  for (const [where, text] of shown)
    for (const { steps } of Object.values(workflow.parse(parse(text)).jobs))
      for (const { id, uses = '' } of steps) {
        const folder = /^your-org\/azureml-cd(?:\/(.+))?@v1$/.exec(uses)
        if (!folder || id === undefined) continue
        const manifest = z
          .object({ outputs: z.record(z.string(), z.unknown()) })
          .parse(parse((await manifestOf(folder[1] ?? '')) ?? ''))
        for (const [, name = ''] of text.matchAll(new RegExp(`steps\\.${id}\\.outputs\\.([\\w-]+)`, 'g'))) {
          read += 1
          t.true(name in manifest.outputs, `${where}: ${name}`)
        }
      }
  t.true(read >= 4)
})

test('no workflow puts an expression into a script', (t) => {
  for (const [where, text] of shown)
    for (const { steps } of Object.values(workflow.parse(parse(text)).jobs))
      for (const { run, uses, with: inputs = {} } of steps) {
        t.false(run?.includes('${{') ?? false, `${where}: ${run}`)
        if (uses?.startsWith('actions/github-script')) t.false(String(inputs.script).includes('${{'), where)
      }
})

test("this repository's own workflows are pinned by commit and may do no more than they say", (t) => {
  for (const file of yamlIn('.github/workflows')) {
    const { permissions, jobs } = workflow.parse(parse(readFileSync(file, 'utf8')))
    t.truthy(permissions, `${file} says what it may do.`)
    t.false(JSON.stringify(permissions).includes('write'), `${file}: only a job may write, not the whole workflow.`)
    for (const { steps } of Object.values(jobs))
      for (const { uses } of steps) if (uses !== undefined) t.regex(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/, file)
  }
})

test('what is released is attested: where it was built, and what it is made of', (t) => {
  const { jobs } = workflow.parse(parse(readFileSync('.github/workflows/release.yml', 'utf8')))
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  const attested = steps.filter(({ uses }) => uses?.startsWith('actions/attest@')).map((one) => one.with)
  t.deepEqual(attested, [
    { 'subject-path': 'assets/*' },
    { 'subject-path': 'assets/azureml-cd-actions.tgz', 'sbom-path': 'assets/azureml-cd-actions.cdx.json' },
    { 'subject-path': 'assets/azureml-cd.vsix', 'sbom-path': 'assets/azureml-cd.vsix.cdx.json' },
  ])
  const made = steps.find(({ run }) => run?.includes('mkdir assets'))?.run ?? ''
  for (const inputs of attested)
    for (const file of Object.values(inputs ?? {})) t.true(made.includes(String(file).replace('*', '')), String(file))
})
