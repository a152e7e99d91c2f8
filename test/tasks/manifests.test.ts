import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import test from 'ava'
import { z } from 'zod'
import { inputMeta, version } from '../../core/index.ts'
import { loadAll } from '../../core/operations/index.ts'
import { artifactTask, taskManifest } from '../../tasks/manifest.ts'
import { messages } from '../../tasks/messages.ts'

const operations = await loadAll()

const texts = z.array(z.looseObject({ name: z.string() })).default([])
const manifest = z.looseObject({
  id: z.string(),
  name: z.string(),
  friendlyName: z.string(),
  version: z.object({ Major: z.number(), Minor: z.number(), Patch: z.number() }),
  groups: z.array(z.looseObject({ name: z.string(), visibleRule: z.string().optional() })).default([]),
  inputs: z.array(
    z.looseObject({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      helpMarkDown: z.string(),
      groupName: z.string().optional(),
      visibleRule: z.string().optional(),
      required: z.boolean(),
      options: z.record(z.string(), z.string()).optional(),
    }),
  ),
  dataSourceBindings: z
    .array(z.looseObject({ target: z.string(), parameters: z.record(z.string(), z.string()).default({}) }))
    .default([]),
  outputVariables: texts,
  messages: z.record(z.string(), z.string()),
  execution: z.record(z.string(), z.object({ target: z.string() })),
})

const folders = readdirSync('tasks', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const raw = (folder: string): unknown => JSON.parse(readFileSync(join('tasks', folder, 'task.json'), 'utf8'))
const manifests = folders.map((folder) => ({ folder, ...manifest.parse(raw(folder)) }))

test('every manifest is as Microsoft describes manifests', (t) => {
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync('test/tasks/specs/tasks.schema.json', 'utf8'))
  const valid = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }).compile(schema)
  t.false(valid({ execution: { Node20: { target: 'index.mjs' } } }), 'It knows wrong from right.')
  for (const folder of folders) t.true(valid(raw(folder)), `${folder}: ${JSON.stringify(valid.errors)}`)
})

test('every operation is a task, named by the same key', (t) => {
  for (const { name } of operations) {
    t.true(Object.hasOwn(taskManifest, name))
    t.true(folders.includes(`AzureML${name[0]?.toUpperCase()}${name.slice(1)}`), name)
  }
  for (const [name] of Object.entries(taskManifest)) t.true(operations.some((operation) => operation.name === name))
  t.is(folders.length, operations.length + 1)
})

test('inputs and outputs of a task are those of its operation, each described', (t) => {
  for (const operation of operations) {
    const task = manifests.find(({ name }) => name.toLowerCase() === `azureml${operation.name}`)
    const keys = Object.keys(operation.inputs).filter((key) => key !== 'cloud')
    t.deepEqual(task?.inputs.map(({ name }) => name).toSorted(), ['connection', ...keys].toSorted(), operation.name)
    t.deepEqual(
      task?.outputVariables.map(({ name }) => name),
      Object.keys(operation.outputs),
    )
    for (const { name, options } of task?.inputs ?? []) {
      const input = operation.inputs[name]
      if (input && options) t.deepEqual(Object.keys(options), inputMeta(input).words)
    }
  }
  for (const { folder, inputs, outputVariables } of manifests) {
    for (const { name, helpMarkDown, label } of inputs)
      t.true(helpMarkDown.length > 5 && label !== '', `${folder}: ${name}`)
    for (const { name, description } of outputVariables) t.true(String(description).length > 5, `${folder}: ${name}`)
  }
})

test('a friendly name has at most 40 characters, in development too', (t) => {
  for (const { friendlyName } of manifests) t.true(friendlyName.length + ' (dev)'.length <= 40, friendlyName)
})

test('no visible rule mixes && with || or has parentheses, and each is about inputs that are there', (t) => {
  for (const { folder, inputs, groups } of manifests)
    for (const { name, visibleRule } of [...inputs, ...groups]) {
      if (visibleRule === undefined) continue
      t.false(/&&/.test(visibleRule) && /\|\|/.test(visibleRule), `${folder}: ${name}`)
      t.notRegex(visibleRule, /[()]/)
      for (const condition of visibleRule.split(/&&|\|\|/)) {
        const [, about] = /^\s*(\w+)\s*(?:!?=|[<>]=?|\w+)\s*\S+\s*$/.exec(condition) ?? []
        t.true(
          inputs.some((input) => input.name === about && input.name !== name),
          `${folder}: ${visibleRule}`,
        )
      }
    }
})

test('groups and pick lists are about inputs that are there', (t) => {
  for (const { folder, inputs, groups, dataSourceBindings } of manifests) {
    const names = inputs.map(({ name }) => name)
    t.is(new Set(names).size, names.length)
    for (const { groupName } of inputs)
      if (groupName !== undefined)
        t.true(
          groups.some(({ name }) => name === groupName),
          `${folder}: ${groupName}`,
        )
    for (const { target, parameters } of dataSourceBindings)
      for (const name of [target, ...Object.keys(parameters)])
        t.true(names.includes(name), `${folder}: ${target} needs ${name}`)
  }
})

test('ids are recorded once, differ from each other, and never change', (t) => {
  // A new task is written down here too; what is written down is never touched again.
  const recorded = z
    .record(z.string(), z.strictObject({ production: z.guid(), development: z.guid() }))
    .parse(JSON.parse(readFileSync('test/tasks/ids.json', 'utf8')))
  const development = new Map(
    [...Object.values(taskManifest), artifactTask].map(({ id }) => [id.production as string, id.development]),
  )
  t.deepEqual(
    Object.fromEntries(manifests.map(({ name, id }) => [name, { production: id, development: development.get(id) }])),
    recorded,
  )
  const all = Object.values(recorded).flatMap((id) => [id.production, id.development])
  t.is(new Set(all).size, all.length)
})

test('every manifest has the version of the package, and one program for both versions of Node.js', (t) => {
  for (const task of manifests) {
    const { Major, Minor, Patch } = task.version
    t.is(`${Major}.${Minor}.${Patch}`, version)
    t.deepEqual(task.execution, { Node20_1: { target: 'index.mjs' }, Node24: { target: 'index.mjs' } })
  }
})

test('every manifest has the messages that a task says of its own, and each of them is said somewhere', (t) => {
  for (const task of manifests) t.deepEqual(task.messages, messages, task.name)
  const programs = readdirSync('tasks')
    .filter((name) => name.endsWith('.ts') && name !== 'messages.ts')
    .map((name) => readFileSync(join('tasks', name), 'utf8'))
    .join('\n')
  for (const key of Object.keys(messages)) t.true(programs.includes(`'${key}'`), key)
})
