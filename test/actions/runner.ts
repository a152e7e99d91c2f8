import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a step let out: what the runner would show of it, and the files it wrote to, byte for byte. */
export interface StepRun {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  readonly summary: string
  /** From the start of the process to its end. */
  readonly milliseconds: number
}

export interface Step {
  /** The Node.js to run it with; by default the one that runs the tests. */
  readonly node?: readonly string[]
  /** The bundle and its arguments. */
  readonly program: readonly string[]
  /** As in a workflow: by the names of action.yml, untrimmed. */
  readonly inputs: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  /** The working folder; by default a new, empty one. */
  readonly workspace?: string
  readonly whenPrinted?: (printed: string, child: ChildProcess) => void
  /** Hears of the temporary folder of the runner while it still is there, at the end. */
  readonly beforeTidying?: (folder: string) => Promise<void>
}

/** Variables of GitHub's runner, as in a run that nobody will look for. */
export const runVariables = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_REPOSITORY: 'contoso/models',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_RUN_ID: '4711',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_ACTOR: 'octocat',
} as const

/** Runs a step as GitHub's runner does: nothing of this process's environment reaches it but what is named here. */
export async function runStep(step: Step): Promise<StepRun> {
  const { inputs, environment = {}, whenPrinted } = step
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-step-'))
  try {
    const at = (name: string) => join(folder, name)
    for (const name of ['workspace', 'temp', 'home']) await mkdir(at(name))
    for (const name of ['output', 'state', 'summary', 'env', 'path']) await writeFile(at(name), '')
    const [node = process.execPath, ...nodeArguments] = step.node ?? []
    const started = performance.now()
    const child = spawn(node, [...nodeArguments, ...step.program], {
      cwd: step.workspace ?? at('workspace'),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...{ PATH: process.env.PATH ?? '', HOME: at('home'), TMPDIR: at('temp'), RUNNER_TEMP: at('temp') },
        ...{ GITHUB_WORKSPACE: step.workspace ?? at('workspace'), ...runVariables },
        ...{ GITHUB_OUTPUT: at('output'), GITHUB_STATE: at('state'), GITHUB_STEP_SUMMARY: at('summary') },
        ...{ GITHUB_ENV: at('env'), GITHUB_PATH: at('path') },
        ...Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
        ),
        ...environment,
      },
    })
    const printed = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        printed[name] += text
        whenPrinted?.(printed.stdout + printed.stderr, child)
      })
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (...ended) => resolve(ended))
    })
    const milliseconds = performance.now() - started
    const read = (name: string) => readFile(at(name), 'utf8')
    const [outputs, state] = [keyValues(await read('output')), keyValues(await read('state'))]
    const run = { code, signal, ...printed, outputs, state, summary: await read('summary'), milliseconds }
    await step.beforeTidying?.(folder)
    return run
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** `NAME<<DELIMITER`, the value's lines, `DELIMITER`. */
function keyValues(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^(.+?)<<(ghadelimiter_\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name = '', , value = '']) => [
      name,
      value,
    ]),
  )
}
