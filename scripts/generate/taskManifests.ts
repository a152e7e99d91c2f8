import { type InputMeta, inputMeta, type Operation, version } from '../../core/index.ts'
import { loadAll } from '../../core/operations/index.ts'
import { isFileInput } from '../../tasks/inputType.ts'
import { artifactTask, groups, type InputPlace, type TaskName, taskManifest } from '../../tasks/manifest.ts'
import { messages } from '../../tasks/messages.ts'
import { type PickList, paging, pickLists } from '../../tasks/pickLists.ts'
import { nameInCode } from './nameInCode.ts'

const operations = await loadAll()

/** Azure DevOps shows at most so much of a friendly name. */
const longestFriendlyName = 40

const schema = 'https://raw.githubusercontent.com/Microsoft/azure-pipelines-task-lib/master/tasks.schema.json'

const connection = {
  name: 'connection',
  aliases: ['azureSubscription'],
  type: 'connectedService:AzureRM',
  label: 'Azure connection',
  required: true,
  helpMarkDown:
    'Service connection to Azure Resource Manager. One that was made for a machine learning workspace also tells the subscription, the resource group and the workspace.',
}

const workspaceHelp = ' Default: that of the service connection.'

/** `register` → `AzureMLRegister`, the name of its folder and of the task in YAML. */
export function taskName(operation: string): string {
  return `AzureML${operation[0]?.toUpperCase()}${operation.slice(1)}`
}

/** The files of every task that are made from its operation: path from the repository's root → text. */
export function taskFiles(): ReadonlyMap<string, string> {
  return new Map([...operations.flatMap(filesOf), ...artifactFiles()])
}

function filesOf(operation: Operation): readonly (readonly [string, string])[] {
  if (!isTaskName(operation.name)) throw new Error(`tasks/manifest.ts has no "${operation.name}".`)
  const { id, friendlyName, instanceNameFormat, inputs: places } = taskManifest[operation.name]
  if (friendlyName.length > longestFriendlyName) throw new Error(`"${friendlyName}" is too long for a friendly name.`)
  const placed: readonly (readonly [string, InputPlace])[] = Object.entries(places)
  const order = Object.keys(groups)
  const sorted = placed.toSorted(
    ([, one], [, other]) => order.indexOf(one.group ?? '') - order.indexOf(other.group ?? ''),
  )
  // The workspace comes first, then what the task is about.
  const inputs = [
    ...sorted.filter(([, { group }]) => group === 'workspace'),
    ...sorted.filter(([, { group }]) => group !== 'workspace'),
  ]
  const used = new Set(inputs.map(([, { group }]) => group))
  const manifest = {
    ...frame({ id: id.production, name: taskName(operation.name), friendlyName, operation }),
    instanceNameFormat,
    groups: Object.entries(groups).flatMap(([name, group]) =>
      used.has(nameOfGroup(name)) ? [{ name, ...group }] : [],
    ),
    inputs: [connection, ...inputs.map(([key, place]) => inputOf(operation, key, place))],
    dataSourceBindings: inputs.flatMap(([key, { picks }]) => (picks ? [binding(key, picks)] : [])),
    outputVariables: outputsOf(operation),
    execution,
    messages,
  }
  return [
    [`tasks/${manifest.name}/task.json`, json(manifest)],
    [`tasks/${manifest.name}/index.ts`, program(operation, '')],
  ]
}

/** The task by which a release downloads a model; its inputs are those of the artifact type. */
function artifactFiles(): readonly (readonly [string, string])[] {
  const operation = operations.find(({ name }) => name === 'download')
  if (!operation) throw new Error('There is no download.')
  const input = (name: string, label: string, helpMarkDown: string) => ({
    ...{ name, type: 'string', label, required: true, helpMarkDown },
  })
  const manifest = {
    ...frame({
      id: artifactTask.id.production,
      name: 'AzureMLDownloadArtifact',
      friendlyName: artifactTask.friendlyName,
      operation,
    }),
    instanceNameFormat: 'Download $(definition):$(version)',
    inputs: [
      connection,
      input('workspace', 'Workspace', 'ARM id of the workspace.'),
      input('definition', 'Model', 'Name of the model.'),
      input('version', 'Version', 'The version to download.'),
      input('downloadPath', 'Folder', 'Folder to put the files in; made when it is not there.'),
    ],
    outputVariables: outputsOf(operation),
    execution,
    messages,
  }
  return [
    ['tasks/AzureMLDownloadArtifact/task.json', json(manifest)],
    ['tasks/AzureMLDownloadArtifact/index.ts', program(operation, 'artifactInputs')],
  ]
}

function frame(task: {
  readonly id: string
  readonly name: string
  readonly friendlyName: string
  readonly operation: Operation
}) {
  const [Major = 0, Minor = 0, Patch = 0] = version.split('.').map(Number)
  const { id, name, friendlyName, operation } = task
  return {
    $schema: schema,
    ...{ id, name, friendlyName },
    description: operation.summary,
    helpMarkDown: `${operation.summary} The inputs and outputs are those of \`${operation.name}\` in docs/operations.md of azureml-cd.`,
    author: 'azureml-cd',
    category: 'Deploy',
    visibility: ['Build', 'Release'],
    runsOn: ['Agent'],
    demands: [],
    preview: Major === 0,
    version: { Major, Minor, Patch },
    // The first with Node.js 20.
    minimumAgentVersion: '4.248.0',
  }
}

const execution = { Node20_1: { target: 'index.mjs' }, Node24: { target: 'index.mjs' } }

function inputOf(operation: Operation, key: string, { group, label, picks, visibleRule }: InputPlace) {
  const input = operation.inputs[key]
  if (!input) throw new Error(`${operation.name} has no input "${key}".`)
  const meta = inputMeta(input)
  const fromConnection = group === 'workspace'
  const type = isFileInput(operation, key) ? 'filePath' : picks ? 'pickList' : typeOf(meta)
  const properties = {
    ...(picks && { EditableOptions: 'True' }),
    ...(picks && meta.kind === 'list' && { MultiSelect: 'True', MultiSelectFlatList: 'True' }),
    ...(type === 'multiLine' && { resizable: true, rows: '3' }),
  }
  return {
    ...{ name: key, type, label },
    ...(meta.kind === 'choice' && { options: Object.fromEntries((meta.words ?? []).map((word) => [word, word])) }),
    ...defaultOf(meta),
    required: !fromConnection && !input.safeParse(undefined).success,
    helpMarkDown: `${meta.description}${fromConnection ? workspaceHelp : ''}`,
    ...(group && { groupName: group }),
    ...(visibleRule && { visibleRule }),
    ...(Object.keys(properties).length > 0 && { properties }),
  }
}

function typeOf({ kind }: InputMeta): string {
  switch (kind) {
    case 'flag':
      return 'boolean'
    case 'choice':
      return 'pickList'
    case 'pairs':
    case 'list':
      return 'multiLine'
    default:
      return 'string'
  }
}

function defaultOf(meta: InputMeta): { readonly defaultValue?: string } {
  if (meta.kind === 'flag') return { defaultValue: 'false' }
  if (meta.kind === 'choice') return { defaultValue: meta.words?.[0] ?? '' }
  return meta.default === undefined ? {} : { defaultValue: String(meta.default) }
}

/** Fills a pick list through the service connection of the step. */
function binding(target: string, picks: PickList) {
  const { endpointUrl, resultSelector, resultTemplate, needs, nextPage } = pickLists[picks]
  return {
    target,
    endpointId: '$(connection)',
    endpointUrl,
    ...(needs.length > 0 && { parameters: Object.fromEntries(needs.map((input) => [input, `$(${input})`])) }),
    ...{ resultSelector, resultTemplate },
    ...paging(nextPage),
  }
}

function outputsOf({ outputs }: Operation) {
  return Object.entries(outputs).map(([name, output]) => ({ name, description: output.description ?? '' }))
}

function program(operation: Operation, inputs: '' | 'artifactInputs'): string {
  const exported = nameInCode(operation)
  return [
    `import { ${exported} } from '../../core/operations/${operation.name}.ts'`,
    ...(inputs === '' ? [] : ["import { artifactInputs } from '../artifact.ts'"]),
    "import { runTask } from '../run.ts'",
    '',
    `await runTask(${[exported, inputs].filter((word) => word !== '').join(', ')})`,
    '',
  ].join('\n')
}

const isTaskName = (name: string): name is TaskName => Object.hasOwn(taskManifest, name)
const nameOfGroup = (name: string): keyof typeof groups | undefined =>
  Object.hasOwn(groups, name) ? (name as keyof typeof groups) : undefined
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
