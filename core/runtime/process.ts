import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { earlyExit, readyBeforeExit } from './earlyExit.ts'
import { inheritedEnvironment, serverEnvironment } from './environment.ts'
import { inspectPython, type Python } from './python.ts'
import {
  type ScoringRuntime,
  type ScoringServer,
  ScoringServerError,
  type ScoringServerExit,
  type ScoringServerSpec,
} from './scoringServer.ts'
import { type ServerChoice, serverArguments, serverProgram } from './serverProgram.ts'

const report = z.object({ port: z.int().positive() })

export interface ProcessRuntimeOptions {
  /** The interpreter, `python3` by default. */
  readonly python?: string
  readonly server?: ServerChoice
  /** How long a server may take to end by itself when it is stopped; 5000 by default. */
  readonly graceMilliseconds?: number
}

/**
 * Runs scoring servers as processes of this machine's Python. Each leads a process group of its own, so that it is
 * ended with everything it started, and ends by itself when this process is gone.
 * Throws `UserError` when there is no usable Python.
 */
export async function processRuntime(options: ProcessRuntimeOptions = {}): Promise<ScoringRuntime> {
  const python = await inspectPython(options.python ?? 'python3')
  const server = options.server ?? 'auto'
  const program = python.inferenceServer && server === 'auto' ? 'azureml-inference-server-http' : 'a stand-in for it'
  return {
    kind: 'process',
    description: `processes of Python ${python.version} (${python.executable}), ${program}`,
    start: (spec) => startProcess({ spec, python, server, graceMilliseconds: options.graceMilliseconds ?? 5_000 }),
  }
}

export interface ProcessStart {
  readonly spec: ScoringServerSpec
  readonly python: Python
  readonly server: ServerChoice
  /** How long the server may take to end by itself when it is stopped. */
  readonly graceMilliseconds: number
  /** Called once the process is there and before it does anything: it waits until this is settled. */
  readonly onProcess?: (pid: number) => Promise<void>
}

/** What every program that is started here may see of this process' own environment. */
export function ownEnvironment(): Readonly<Record<string, string>> {
  return inheritedEnvironment(process.env)
}

/** A scoring server that is a process. */
export interface ServerProcess extends ScoringServer {
  /** Lets it live on when this process is gone. */
  release(): Promise<void>
}

/** Starts one scoring server, which ends with this process unless it is released. */
export async function startProcess(start: ProcessStart): Promise<ServerProcess> {
  const { spec, python } = start
  if (!existsSync(spec.sourceDirectory))
    throw new ScoringServerError(`The source directory ${spec.sourceDirectory} does not exist.`)
  await mkdir(dirname(spec.logFile), { recursive: true })
  const log = await open(spec.logFile, 'a')
  try {
    if (spec.image !== undefined)
      await log.appendFile(
        `The image ${spec.image} is not used: this server runs as a process of Python ${python.version}.\n`,
      )
    const logStart = (await log.stat()).size
    const child = spawn(python.executable, serverArguments, {
      cwd: spec.sourceDirectory,
      env: {
        ...ownEnvironment(),
        ...serverEnvironment(spec, { source: spec.sourceDirectory, models: spec.modelsRoot }),
      },
      stdio: ['pipe', log.fd, log.fd, 'pipe'],
      detached: true,
    })
    return await connect({ ...start, child, logStart })
  } finally {
    await log.close()
  }
}

async function connect(
  started: ProcessStart & { readonly child: ChildProcess; readonly logStart: number },
): Promise<ServerProcess> {
  const { spec, child, server, logStart, graceMilliseconds, onProcess } = started
  const failure = new Promise<Error>((resolve) => child.once('error', resolve))
  const exited = new Promise<ScoringServerExit>((resolve) => {
    child.once('exit', (code) => {
      endGroup(child, 'SIGKILL')
      resolve({ code })
    })
    child.once('error', () => resolve({ code: null }))
  })
  // A server that ends at once makes writing to it fail; its exit tells why.
  child.stdin?.on('error', () => undefined)
  if (child.pid !== undefined) await onProcess?.(child.pid)
  child.stdin?.write(serverProgram({ server, host: '127.0.0.1', port: 0, reportTo: 3 }))

  const channel = child.stdio[3]
  if (!(channel instanceof Readable)) throw new Error('A child process has no third pipe.')
  const line = await Promise.race([text(channel), failure])
  if (line instanceof Error)
    throw new ScoringServerError(`The scoring server "${spec.name}" could not be started: ${line.message}.`, {
      cause: line,
    })
  const running = { spec, exited, logStart }
  if (line === '') throw await earlyExit(running)
  const url = `http://127.0.0.1:${report.parse(JSON.parse(line)).port}`

  return {
    url,
    exited,
    ready: ({ signal }) => readyBeforeExit(running, url, signal),
    release: async () => {
      await new Promise<void>((resolve) => child.stdin?.end('release\n', () => resolve()))
      child.unref()
    },
    stop: async () => {
      child.kill('SIGTERM')
      const force = setTimeout(() => endGroup(child, 'SIGKILL'), graceMilliseconds)
      await exited
      clearTimeout(force)
    },
  }
}

/** Signals the server and every process it started. */
function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone, which is what was wanted.
  }
}
