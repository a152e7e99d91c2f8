import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Story } from './story.ts'

/** What a command printed on standard output with `--json`, and how it ended. */
export interface CommandResult {
  readonly exitCode: number
  readonly outputs: unknown
}

/** A command that ended otherwise than it may; the message holds what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** The bundle of the command line, beside the one of the demo. */
export const program = fileURLToPath(new URL('azureml-cd.js', import.meta.url))
/** Longer than the command needs to end by itself when it is told to. */
const graceMilliseconds = 5_000

/**
 * Runs `azureml-cd` as a user does: as a program of its own, with the workspace's address and credentials in its
 * environment. What this machine's own environment says about Azure is left out.
 */
export class CommandLine {
  readonly #environment: NodeJS.ProcessEnv
  readonly #folder: string
  readonly #story: Story
  readonly #verbose: boolean
  readonly #signal: AbortSignal

  constructor(options: {
    readonly environment: Readonly<Record<string, string | undefined>>
    /** Where the commands are run. */
    readonly folder: string
    readonly story: Story
    /** Shows everything that the commands say, not only what came of them. */
    readonly verbose: boolean
    readonly signal: AbortSignal
  }) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^AZURE/i.test(name))
    // A proxy of this machine's network has no way to a workspace on this machine.
    const direct = { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }
    this.#environment = { ...Object.fromEntries(inherited), ...direct, ...options.environment }
    this.#folder = options.folder
    this.#story = options.story
    this.#verbose = options.verbose
    this.#signal = options.signal
  }

  /** Throws a CommandError unless the command ends with one of `exitCodes`, by default 0. */
  async run(args: readonly string[], exitCodes: readonly number[] = [0]): Promise<CommandResult> {
    this.#signal.throwIfAborted()
    this.#story.command(['azureml-cd', ...args])
    const { exitCode, stdout, stderr } = await this.#spawn([...args, '--json'])
    this.#signal.throwIfAborted()
    if (this.#verbose) this.#story.detail(stderr.trimEnd())
    if (exitCode === null || !exitCodes.includes(exitCode))
      throw new CommandError(`azureml-cd ${args[0]} ended with ${exitCode ?? 'a signal'}:\n${stderr.trimEnd()}`)
    return { exitCode, outputs: JSON.parse(stdout) }
  }

  #spawn(args: readonly string[]) {
    return new Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>(
      (settle, reject) => {
        const child = spawn(process.execPath, [program, ...args], {
          cwd: this.#folder,
          env: this.#environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        const output = { stdout: '', stderr: '' }
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output.stdout += text
        })
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          output.stderr += text
        })
        let force: NodeJS.Timeout | undefined
        const stop = () => {
          child.kill('SIGTERM')
          force = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds)
        }
        this.#signal.addEventListener('abort', stop, { once: true })
        child.once('error', reject)
        child.once('close', (exitCode) => {
          clearTimeout(force)
          this.#signal.removeEventListener('abort', stop)
          settle({ exitCode, ...output })
        })
      },
    )
  }
}
