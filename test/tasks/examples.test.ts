import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { z } from 'zod'
import { definitionSchema } from './vsix/releaseAgent.ts'

const manifestSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.object({ Major: z.number() }),
  inputs: z.array(
    z.looseObject({
      name: z.string(),
      required: z.boolean(),
      aliases: z.array(z.string()).default([]),
      options: z.record(z.string(), z.string()).optional(),
    }),
  ),
  outputVariables: z.array(z.object({ name: z.string() })).default([]),
})
const manifests = readdirSync('tasks', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => manifestSchema.parse(JSON.parse(readFileSync(`tasks/${name}/task.json`, 'utf8'))))

interface Used {
  readonly file: string
  readonly task: string
  readonly step: string | undefined
  readonly inputs: Readonly<Record<string, unknown>>
}

/** Every step of a task of ours, however deep it lies. */
function stepsIn(file: string, node: unknown): readonly Used[] {
  if (Array.isArray(node)) return node.flatMap((item) => stepsIn(file, item))
  const bag = z.record(z.string(), z.unknown()).safeParse(node)
  if (!bag.success) return []
  const { task, name, inputs } = bag.data
  const below = Object.values(bag.data).flatMap((value) => stepsIn(file, value))
  if (typeof task !== 'string' || !task.startsWith('AzureML')) return below
  const given = z.record(z.string(), z.unknown()).parse(inputs)
  // What stands below a compile-time condition counts as given.
  const flat = Object.entries(given).flatMap(([key, value]) =>
    key.startsWith('${{') ? Object.entries(z.record(z.string(), z.unknown()).parse(value)) : [[key, value] as const],
  )
  return [{ file, task, step: z.string().optional().parse(name), inputs: Object.fromEntries(flat) }]
}

const inMarkdown = (text: string): readonly string[] =>
  [...text.matchAll(/```yaml\n((?:.|\n)*?)```/g)].map(([, yaml = '']) => yaml)
const examples: readonly (readonly [string, string])[] = [
  ...readdirSync('examples/azure-pipelines')
    .filter((name) => name.endsWith('.yml'))
    .map((name) => [name, readFileSync(`examples/azure-pipelines/${name}`, 'utf8')] as const),
  ...['docs/azure-devops.md', 'docs/azure-devops/migration.md', 'docs/azure-devops/overview.md'].flatMap((file) =>
    inMarkdown(readFileSync(file, 'utf8')).map((text) => [basename(file), text] as const),
  ),
]

test('every step of the examples and of the documentation gives a task what it has, and all that it needs', (t) => {
  const used = examples.flatMap(([file, text]) => stepsIn(file, parse(text)))
  t.true(used.length >= 7)
  for (const { file, task, inputs } of used) {
    const [name, major] = task.split('@')
    const manifest = manifests.find((one) => one.name === name)
    t.is(major, String(manifest?.version.Major), `${file}: ${task}`)
    for (const [key, value] of Object.entries(inputs)) {
      const input = manifest?.inputs.find((one) => one.name === key || one.aliases.includes(key))
      t.truthy(input, `${file}: ${task} has no input "${key}"`)
      if (input?.options && typeof value === 'string') t.true(value in input.options, `${file}: ${key}: ${value}`)
    }
    for (const { name: key, required, aliases } of manifest?.inputs ?? [])
      if (required)
        t.true(
          [key, ...aliases].some((spelled) => spelled in inputs),
          `${file}: ${task} needs "${key}"`,
        )
  }
})

test('outputs that examples read are outputs of the step they name', (t) => {
  let read = 0
  for (const [file, text] of examples) {
    const steps = stepsIn(file, parse(text))
    for (const [, step = '', output = ''] of text.matchAll(/\$\((\w+)\.(\w+)\)/g)) {
      const task = steps.find((one) => one.step === step)
      if (!task) continue
      const manifest = manifests.find(({ name }) => name === task.task.split('@')[0])
      read += 1
      t.true(
        manifest?.outputVariables.some(({ name }) => name === output),
        `${file}: $(${step}.${output})`,
      )
    }
  }
  t.true(read >= 3, `${read} outputs are read.`)
})

test('the release to import uses tasks and an artifact type of this extension, with all that they need', (t) => {
  const definition = definitionSchema.parse(JSON.parse(readFileSync('examples/azure-pipelines/release.json', 'utf8')))
  t.is(definition.artifacts[0]?.type, 'azureml-cd.azureml-cd.azureml-model-artifact')
  for (const { deployPhases } of definition.environments)
    for (const { workflowTasks } of deployPhases)
      for (const { taskId, version, name, inputs } of workflowTasks) {
        const manifest = manifests.find(({ id }) => id === taskId)
        t.is(version, `${manifest?.version.Major}.*`, name)
        for (const key of Object.keys(inputs))
          t.true(
            manifest?.inputs.some((input) => input.name === key),
            `${name}: ${key}`,
          )
        for (const { name: key, required } of manifest?.inputs ?? [])
          if (required) t.true(key in inputs, `${name}: ${key}`)
      }
})
