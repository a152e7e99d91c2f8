import type { Operations } from '../core/operations/index.ts'
import { emulatorCommand } from './emulatorCommand.ts'

/** The whole process `azureml-cd`: its words, environment, streams and signals in, its exit code out. */
export async function program(operations: () => Promise<Operations>): Promise<void> {
  const cancelled = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // A second signal of a person who does not want to wait ends the process at once.
      if (cancelled.signal.aborted) process.exit(1)
      cancelled.abort(new Error(`Stopped by ${signal}.`))
    })
  // A reader that goes away, such as head, must not end a rollout halfway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

  const streams = {
    stdout: (text: string) => process.stdout.write(text),
    stderr: (text: string) => process.stderr.write(text),
  }
  const [command, ...args] = process.argv.slice(2)
  if (command === 'emulator') {
    process.exitCode = await emulatorCommand(args, { streams, signal: cancelled.signal })
    return
  }
  if (command === 'triggers') {
    const { triggersCommand } = await import('./triggers/triggersCommand.ts')
    process.exitCode = await triggersCommand(args, { environment: process.env, streams, signal: cancelled.signal })
    return
  }
  if (command === 'relay') {
    const { relayCommand } = await import('./relayCommand.ts')
    process.exitCode = await relayCommand(args, { environment: process.env, streams, signal: cancelled.signal })
    return
  }
  const { run } = await import('./run.ts')
  process.exitCode = await run(process.argv.slice(2), {
    operations: await operations(),
    environment: process.env,
    streams,
    signal: cancelled.signal,
  })
}
