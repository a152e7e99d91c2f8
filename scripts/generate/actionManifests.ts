import { stringify } from 'yaml'
import type { z } from 'zod'
import { jobWideInputs, jobWideName } from '../../actions/jobWideInputs.ts'
import { givenByFiles, legacyInputsOf } from '../../actions/legacy/inputs.ts'
import { signInInputs } from '../../actions/login/inputs.ts'
import { type Branding, branding } from '../../actions/manifest.ts'
import { onModelRegistered } from '../../actions/on-model-registered/onModelRegistered.ts'
import { rollOuts } from '../../actions/rolloutState.ts'
import { inputMeta, kebabCase, type Operation } from '../../core/index.ts'
import { loadAll } from '../../core/operations/index.ts'
import { nameInCode } from './nameInCode.ts'

const operations = await loadAll()

/** The action that the Marketplace shows; the others lie in folders, for `uses: OWNER/azureml-cd/actions/NAME@v1`. */
const front = 'deploy'

/** The `action.yml` and the entry of every operation, and the manifest at the root, by path. */
export function actionManifests(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const operation of operations) {
    const { name } = operation
    files.set(`actions/${name}/action.yml`, manifest(operation, { name: `Azure ML: ${name}`, dist: '../../dist' }))
    files.set(`actions/${name}/index.ts`, entry(operation))
    if (name === front)
      files.set('action.yml', manifest(operation, { name: 'Azure ML continuous deployment', dist: 'dist' }))
  }
  const receiver = onModelRegistered(() => ({ eventName: '', clientPayload: undefined }))
  const place = { name: `Azure ML: ${receiver.name}`, dist: '../../dist', signsIn: false }
  files.set(`actions/${receiver.name}/action.yml`, manifest(receiver, place))
  return files
}

/** Four lines: all that an action does is the operation's, or the host's. */
function entry(operation: Operation): string {
  const name = nameInCode(operation)
  return [
    `import { ${name} } from '../../core/operations/${operation.name}.ts'`,
    "import { runAction } from '../run.ts'",
    '',
    `await runAction(${name})`,
    '',
  ].join('\n')
}

interface Place {
  readonly name: string
  /** From the manifest's folder to the bundles. */
  readonly dist: string
  readonly signsIn?: boolean
}

function manifest(operation: Operation, { name, dist, signsIn = true }: Place): string {
  const { summary, inputs, outputs } = operation
  const look: Branding | undefined = Object.entries(branding).find(([key]) => key === operation.name)?.[1]
  const document = {
    name,
    description: summary,
    author: 'azureml-cd',
    branding: look,
    inputs: Object.fromEntries(
      Object.entries({ ...inputs, ...legacyInputsOf(operation.name), ...(signsIn ? signInInputs : {}) }).map(
        ([key, input]) => [kebabCase(key), inputEntry(key, input, operation.name)],
      ),
    ),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([key, output]) => [kebabCase(key), { description: output.description ?? '' }]),
    ),
    runs: {
      using: 'node24',
      main: `${dist}/actions/${operation.name}.mjs`,
      ...(rollOuts.some((name) => name === operation.name)
        ? { post: `${dist}/actions/post.mjs`, 'post-if': 'always()' }
        : {}),
    },
  }
  return `# Generated from the operation "${operation.name}": npm run generate\n${stringify(document, { lineWidth: 120 })}`
}

function inputEntry(key: string, input: z.ZodType, action: string) {
  const { kind, description, words, default: number } = inputMeta(input)
  const mustBeGiven = !input.safeParse(undefined).success
  if (jobWideInputs.some((shared) => shared === key)) {
    const otherwise = mustBeGiven ? 'Required, here or as' : 'May also be said as'
    return { description: `${description} ${otherwise} ${jobWideName(key)} in the env of the job.`, required: false }
  }
  if (givenByFiles.includes(key) && legacyInputsOf(action).parametersFolder) {
    const otherwise = mustBeGiven ? ' Required, here or in the parameters folder.' : ''
    return { description: `${description}${otherwise}`, required: false }
  }
  const standard = kind === 'flag' ? 'false' : (words?.[0] ?? (number === undefined ? undefined : String(number)))
  return {
    description,
    required: mustBeGiven,
    ...(standard === undefined ? {} : { default: standard }),
  }
}
