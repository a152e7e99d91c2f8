import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { ScoringServerSpec } from '../../../core/runtime/scoringServer.ts'
import type { ServerChoice } from '../../../core/runtime/serverProgram.ts'
import { python } from '../../requirements.ts'

/** Starts a process that owns a scoring server, and answers once that serves. */
export async function startOwner(order: {
  readonly kind: 'process' | 'docker'
  readonly owner: string
  readonly server: ServerChoice
  readonly spec: ScoringServerSpec
}): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const program = join(dirname(fileURLToPath(import.meta.url)), `owner-${process.pid}.mjs`)
  await build({
    entryPoints: ['test/core/runtime/owner.ts'],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    loader: { '.py': 'text' },
  })
  const owner = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  owner.stdin.end(JSON.stringify({ ...order, python }))
  const [line] = await Promise.race([
    once(createInterface({ input: owner.stdout }), 'line'),
    once(owner, 'exit').then(() => {
      throw new Error('The owner ended before its server was ready.')
    }),
  ])
  return { url: JSON.parse(String(line)).url, process: owner }
}

/** Resolves once nothing answers there any more. */
export async function silence(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    try {
      await (await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)]) })).text()
    } catch (error) {
      if (error instanceof TypeError) return
    }
  }
}
