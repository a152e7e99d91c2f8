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

interface Start {
  readonly spec: ScoringServerSpec
  readonly python: Python
  readonly server: ServerChoice
  readonly graceMilliseconds: number
}

async function startProcess(start: Start): Promise<ScoringServer> {
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
        ...inheritedEnvironment(process.env),
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
  started: Start & { readonly child: ChildProcess; readonly logStart: number },
): Promise<ScoringServer> {
  const { spec, child, server, logStart, graceMilliseconds } = started
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
