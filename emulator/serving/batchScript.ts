import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, open } from 'node:fs/promises'
import { inheritedEnvironment } from '../../core/runtime/environment.ts'
import type { BatchRunRecord } from '../state/records.ts'
import runner from './batch_runner.py'
import { batchSettings } from './batchSettings.ts'
import type { DeploymentContent } from './deploymentContent.ts'
import type { DeploymentFolder } from './deploymentFolder.ts'

/**
 * Runs a batch scoring script over files in a process of its own, which ends with the emulator. Rejects with the
 * reason when it does not end well.
 */
export async function batchScript(options: {
  readonly python: string
  readonly run: BatchRunRecord
  readonly content: DeploymentContent
  readonly files: DeploymentFolder
  /** Paths of the files to score. */
  readonly inputs: readonly string[]
  /** The folder for results. */
  readonly output: string
  readonly logFile: string
  readonly signal: AbortSignal
}): Promise<void> {
  const { python, run, content, files, inputs, output, logFile, signal } = options
  const settings = batchSettings(run.properties)
  const log = await open(logFile, 'a')
  try {
    const [model] = files.models
    const child = spawn(python, ['-u', '-c', runner], {
      env: {
        ...inheritedEnvironment(process.env),
        ...content.environmentVariables,
        PYTHONDONTWRITEBYTECODE: '1',
        // Where scripts write that make their files themselves.
        AZUREML_BI_OUTPUT_PATH: output,
        ...(model === undefined ? {} : { AZUREML_MODEL_DIR: `${files.modelsRoot}/${model.name}/${model.version}` }),
      },
      stdio: ['pipe', log.fd, log.fd],
      signal,
      killSignal: 'SIGKILL',
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.write(
      `${JSON.stringify({
        ...settings,
        source: files.code,
        script: content.scoringScript ?? 'score.py',
        files: inputs,
        output,
        outputFileName: run.outputFileName,
      })}\n`,
    )
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`The batch scoring script ended with ${String(code)}.`)
  } catch (error) {
    await appendFile(logFile, `${error instanceof Error ? error.message : String(error)}\n`)
    throw error
  } finally {
    await log.close()
  }
}
