import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'

/** The bundles under test lie where this bundle was written. */
export const bundles = fileURLToPath(new URL('../..', import.meta.url))

/** A demo that runs in a temporary folder of its own, so that all it leaves can be found. */
export class RunningDemo {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly temporaryFolder: string
  readonly ended: Promise<number | null>

  private constructor(child: ChildProcess, temporaryFolder: string) {
    this.child = child
    this.temporaryFolder = temporaryFolder
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((settle) => child.once('close', settle))
  }

  static async start(
    t: ExecutionContext,
    options: { readonly args: readonly string[]; readonly underShell?: boolean },
  ): Promise<RunningDemo> {
    const temporaryFolder = await mkdtemp(join(tmpdir(), 'azureml-cd-demo-test-'))
    const command = [process.execPath, resolve(bundles, 'demo.js'), ...options.args]
    // Like npm does it; with something to do afterwards the shell stays in between.
    const words = options.underShell ? ['sh', '-c', '"$@"; true', 'sh', ...command] : command
    const [program = '', ...args] = words
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporaryFolder, NODE_OPTIONS: '' },
      // A process group of its own, as a terminal gives to a command.
      detached: true,
    })
    const demo = new RunningDemo(child, temporaryFolder)
    t.teardown(async () => {
      if (child.exitCode === null) demo.signalGroup('SIGKILL')
      await demo.ended
      await rm(temporaryFolder, { recursive: true, force: true })
    })
    return demo
  }

  /** What Ctrl+C in a terminal does: everybody in the group hears it. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, signal)
  }

  /** Resolves once the story holds the text; rejects when the demo ends before that. */
  async tells(text: string): Promise<void> {
    let running = true
    const ended = this.ended.then(() => {
      running = false
    })
    while (!this.stderr.includes(text)) {
      if (!running) throw new Error(`The demo ended without telling "${text}":\n${this.stderr}`)
      await Promise.race([ended, pause(20)])
    }
  }

  /** Processes that have this demo's temporary folder in their environment or work in it. */
  async processes(): Promise<readonly { readonly id: number; readonly command: string }[]> {
    const found: { id: number; command: string }[] = []
    for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const read = (file: string) => readFile(join('/proc', id, file), 'utf8').catch(() => '')
      const folder = await readlink(join('/proc', id, 'cwd')).catch(() => '')
      const mentions = [await read('environ'), folder].some((text) => text.includes(this.temporaryFolder))
      // A zombie has neither; it only waits to be asked for its exit code.
      if (mentions) found.push({ id: Number(id), command: (await read('cmdline')).replaceAll('\0', ' ').trim() })
    }
    return found
  }

  async assertNothingLeft(t: ExecutionContext): Promise<void> {
    t.deepEqual(await this.processes(), [])
    t.deepEqual(await readdir(this.temporaryFolder), [])
  }
}
