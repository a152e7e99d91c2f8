import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

function track<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/** A program that has ended. */
export interface Ended {
  readonly stdout: string
  /** From its start until its end. */
  readonly seconds: number
}

/** Runs a program to its end. Throws with what it wrote when it fails. */
export function runProgram(options: {
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>> | undefined
  readonly timeoutSeconds?: number | undefined
}): Promise<Ended> {
  const { command, args, environment = {}, timeoutSeconds = 3600 } = options
  const started = performance.now()
  const child = track(
    spawn(command, [...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Not `timeout`, whose timer goes on after a program that was not there.
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
      killSignal: 'SIGKILL',
    }),
  )
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const seconds = (performance.now() - started) / 1000
      if (code === 0) resolve({ stdout, seconds })
      else
        reject(
          new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}: ${(stderr || stdout).slice(-2000)}`),
        )
    })
  })
}

/** A server in a process of its own, so that its work and memory are not counted as ours. */
export interface Served {
  /** The line with which it said that it is ready. */
  readonly line: string
  stop(): Promise<void>
}

/** Starts a program and waits for the line on its output that matches. */
export async function serveProgram(options: {
  readonly command: string
  readonly args: readonly string[]
  readonly ready: RegExp
  readonly environment?: Readonly<Record<string, string>> | undefined
}): Promise<Served> {
  const { command, args, ready, environment = {} } = options
  const child = track(
    spawn(command, [...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`${args[0]} ended with ${code} before it was ready.`)))
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (ready.test(text)) resolve(text)
    })
  })
  return { line, stop: () => stop(child, ended) }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGKILL')
  await ended
}
