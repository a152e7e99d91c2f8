import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type AgentLog, readAgentLog } from './agentLog.ts'

export interface TaskRun extends AgentLog {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The text of the summary, as the agent would attach it. */
  readonly summary: string
  readonly summaryName: string
}

/** Runs a task's program as an agent does: in a job's folder of its own, with exactly these variables. */
export async function runTask(
  program: readonly string[],
  options: {
    readonly environment: (folder: string) => Readonly<Record<string, string>>
    readonly node?: string
    readonly prepare?: (sources: string) => Promise<void>
    readonly whenPrinted?: (printed: string, child: ChildProcess) => void
  },
): Promise<TaskRun> {
  const { environment, node = process.execPath, prepare, whenPrinted } = options
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-agent-'))
  try {
    for (const name of ['s', '_temp']) await mkdir(join(folder, name))
    await prepare?.(join(folder, 's'))
    const child = spawn(node, [...program], {
      cwd: join(folder, 's'),
      env: environment(folder),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const printed = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        printed[name] += text
        whenPrinted?.(printed.stdout, child)
      })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    const log = readAgentLog(printed.stdout)
    const [file] = log.summaries
    const summary = file !== undefined && existsSync(file) ? await readFile(file, 'utf8') : ''
    return { ...log, ...printed, code, summary, summaryName: basename(file ?? '') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
