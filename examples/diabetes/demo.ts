import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { CommandLine, program } from './demo/commandLine.ts'
import { demonstrate } from './demo/demonstration.ts'
import { noFindings } from './demo/findings.ts'
import { Interruption, interruption } from './demo/interruption.ts'
import { type Options, readOptions } from './demo/options.ts'
import { report, reportLine } from './demo/report.ts'
import { Story } from './demo/story.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs the demonstration and answers with the exit code: 0 only when everything that it promises was so. */
async function demo({ json, keep, runtime, python, verbose }: Options): Promise<number> {
  const story = new Story((text) => (json ? process.stderr : process.stdout).write(text))
  const signal = interruption()
  let emulator: Emulator | undefined
  try {
    story.step('An Azure Machine Learning workspace is started on this machine.')
    emulator = await createEmulator({ runtime, python })
    signal.throwIfAborted()
    const how = emulator.runtime === 'docker' ? 'in Docker containers' : 'as processes'
    story.detail(`It answers at ${emulator.url}, over HTTPS. Deployments run ${how}.`)
    if (keep) story.detail(`To look at it while this goes on, open ${emulator.pageUrl}`)

    const environment = parseEnv(readFileSync(emulator.envFile, 'utf8'))
    const azureml = new CommandLine({ environment, folder: root, story, verbose, signal })
    const findings = noFindings()
    const broke = await demonstrate({ emulator, azureml, story, findings, root }).then(
      () => undefined,
      (error: Error) => error,
    )
    signal.throwIfAborted()
    if (broke) story.step(`The demonstration broke off: ${broke.message}`)
    const asPromised = report({ story, findings })
    if (json) process.stdout.write(`${reportLine(findings)}\n`)
    if (keep) await keepUp({ emulator, story, signal })
    return asPromised && !broke ? 0 : 1
  } catch (failure) {
    // Ctrl+C reaches every process at once: what it ended here is not why the demonstration ends.
    const error: unknown = signal.aborted ? signal.reason : failure
    if (!(error instanceof Interruption)) {
      story.step(`The demonstration broke off: ${error instanceof Error ? error.message : error}`)
      return 1
    }
    story.step(`${error.message} What was started is being ended.`)
    return error.exitCode
  } finally {
    await emulator?.close()
  }
}

/** Resolves when the demonstration is told to stop. */
async function keepUp(options: {
  readonly emulator: Emulator
  readonly story: Story
  readonly signal: AbortSignal
}): Promise<void> {
  const { emulator, story, signal } = options
  story.step(`The workspace and the service stay up until Ctrl+C. Look at them: ${emulator.pageUrl}`)
  story.detail('Or, in another shell:')
  story.detail(`\n. ${emulator.envFile}\ncd ${root}\nnode ${relative(root, program)} watch\n`)
  if (!signal.aborted) await new Promise((settle) => signal.addEventListener('abort', settle, { once: true }))
}

const options = readOptions(process.argv.slice(2))
process.exitCode = typeof options === 'number' ? options : await demo(options)
