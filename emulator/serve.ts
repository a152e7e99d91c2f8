import { createEmulator, type Emulator, type EmulatorOptions } from './createEmulator.ts'

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
  const emulator = await createEmulator({ ...wanted, log: (line) => stderr.write(`${line}\n`) })
  try {
    stdout.write(json ? `${JSON.stringify(spokenTo(emulator))}\n` : explained(emulator, wanted.location))
    if (!signal.aborted) await new Promise((settle) => signal.addEventListener('abort', settle, { once: true }))
  } finally {
    await emulator.close()
  }
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
