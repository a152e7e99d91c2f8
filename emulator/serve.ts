import { scoringRuntime } from '../core/runtime/scoringRuntime.ts'
import type { Emulator, EmulatorOptions } from './createEmulator.ts'

/** Where the command writes to. */
export interface Outlet {
  write(text: string): unknown
}

/**
 * The command `azureml-cd emulator`: starts an embedded workspace, says how to talk to it (with `json`, in one line),
 * and runs until `signal` is aborted. Nothing is left running then. Throws what `createEmulator` throws.
 */
export async function serveEmulator(
  options: Omit<EmulatorOptions, 'log'> & { readonly json?: boolean | undefined },
  surroundings: { readonly stdout: Outlet; readonly stderr: Outlet; readonly signal: AbortSignal },
): Promise<void> {
  const { json = false, ...wanted } = options
  const { stdout, stderr, signal } = surroundings
  const runtime = earlyRuntime(wanted)
  const { createEmulator } = await import('./createEmulator.ts')
  const emulator = await createEmulator({ ...wanted, runtime, log: (line) => stderr.write(`${line}\n`) })
  try {
    stdout.write(json ? `${JSON.stringify(spokenTo(emulator))}\n` : explained(emulator, wanted.location))
    if (!signal.aborted) await new Promise((settle) => signal.addEventListener('abort', settle, { once: true }))
  } finally {
    await emulator.close()
  }
}

/** A Python is asked what it is while everything else is still being loaded: some take longer than all the rest. */
function earlyRuntime({ runtime, python }: Pick<EmulatorOptions, 'runtime' | 'python'>): EmulatorOptions['runtime'] {
  if (runtime !== 'process') return runtime
  const early = scoringRuntime(runtime, python === undefined ? {} : { python })
  // Who waits for it hears of the fault.
  early.catch(() => undefined)
  return early
}

function spokenTo(emulator: Emulator): unknown {
  const { url, caFile, subscriptionId, resourceGroup, workspace, envFile, tenantId, clientId } = emulator
  return { url, caFile, subscriptionId, resourceGroup, workspace, envFile, tenantId, clientId }
}

function explained(emulator: Emulator, location: string | undefined): string {
  const kept = location === undefined ? 'forgotten when it stops' : `kept in ${location}`
  return `The embedded workspace answers at ${emulator.url}; what it holds is ${kept}.
Deployments run ${emulator.runtime === 'docker' ? 'in Docker' : 'as processes'}.

In another shell, read its address and the credentials:

  . ${emulator.envFile}

Then use azureml-cd as with any workspace. Look at it in a browser (the token behind the # is for you alone):

  ${emulator.pageUrl}

Stop the workspace with Ctrl+C.
`
}
