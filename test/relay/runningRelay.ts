import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { product } from '../cli/commandLine.ts'

export interface RunningRelay {
  readonly url: string
  readonly process: ChildProcess
  /** What it wrote on standard error so far. */
  readonly log: () => string
}

/** `azureml-cd relay` as a user starts it, in a process of its own with only the variables given. */
export async function startRelay(
  t: ExecutionContext,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<RunningRelay> {
  const child = spawn(process.execPath, [product, 'relay', '--port', '0', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'close')
  })
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'close').then(() => {
      throw new Error(`The relay ended: ${log}`)
    }),
  ])
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(String(line)))
  return { url, process: child, log: () => log }
}
