import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { z } from 'zod'
import { operations } from '../../core/operations/index.ts'

const release = mkdtempSync(join(tmpdir(), 'azureml-cd-release-'))
test.before(() => {
  const packed = spawnSync(process.execPath, ['scripts/packageActions.mjs', '--out', release], { encoding: 'utf8' })
  if (packed.status !== 0) throw new Error(packed.stdout + packed.stderr)
})
test.after.always(() => rmSync(release, { recursive: true, force: true }))

const manifest = z.object({
  runs: z.object({ using: z.literal('node24'), main: z.string(), post: z.string().optional() }),
})
const files = () =>
  readdirSync(release, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(release.length + 1))

test('a release has every action, and each program that their manifests name', (t) => {
  const folders = [...Object.keys(operations), 'on-model-registered'].map((name) => join('actions', name))
  for (const folder of ['.', ...folders]) {
    const { runs } = manifest.parse(parse(readFileSync(join(release, folder, 'action.yml'), 'utf8')))
    for (const program of [runs.main, ...(runs.post === undefined ? [] : [runs.post])])
      t.true(existsSync(join(release, folder, program)), `${folder}: ${program}`)
  }
  t.deepEqual(readdirSync(join(release, 'actions')).toSorted(), folders.map((name) => name.slice(8)).toSorted())
})

test('its programs start from the tree alone, and nothing of the workshop is in it', (t) => {
  const started = spawnSync(process.execPath, [join(release, 'dist/actions/deploy.mjs')], { encoding: 'utf8', env: {} })
  t.is(started.status, 2, started.stderr)
  t.regex(started.stdout, /^::error::Inputs:.*- subscription-id is required/m)
  const strange = files().filter(
    (name) =>
      !/^(dist\/|actions\/[\w-]+\/action\.yml$|docs\/[\w-]+\.md$|examples\/github\/[\w-]+\.yml$|[\w.-]+$)/.test(name),
  )
  t.deepEqual(strange, [])
  t.deepEqual(
    files().filter((name) => /\.(ts|map|test\.\w+)$|node_modules/.test(name)),
    [],
  )
  for (const name of files().filter((one) => one.endsWith('.mjs')))
    t.false(readFileSync(join(release, name), 'utf8').includes(process.cwd()), `${name} names a path of this machine.`)
})

test('it lists the packages that are in it, each with its version and its licence', (t) => {
  const { components } = z
    .object({
      bomFormat: z.literal('CycloneDX'),
      components: z.array(z.object({ name: z.string(), version: z.string() })),
    })
    .parse(JSON.parse(readFileSync(join(release, 'sbom.cdx.json'), 'utf8')))
  const names = components.map(({ name }) => name)
  for (const name of ['@actions/core', '@azure/identity', 'zod']) t.true(names.includes(name), name)
  for (const name of ['ava', 'esbuild', 'typescript', 'azurite', 'azure-pipelines-task-lib'])
    t.false(names.includes(name))
  const licences = readFileSync(join(release, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
  for (const { name, version } of components) t.true(licences.includes(`\n${name}@${version}\n`), name)
})
