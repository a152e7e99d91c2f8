import type { IncomingMessage } from 'node:http'
import type { Ended, WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'

/** When a process is killed: as a request arrives, with that request lost, or when it has been answered. */
export type Strike = 'arrived' | 'lost' | 'answered'

/**
 * Runs the product and kills it at a request, of whatever provider, that `when` names; `number` counts from 1. Nothing
 * else may ask the workspace anything meanwhile: requests to other providers than Azure ML do not tell whose they are.
 */
export async function struckRun(
  workspace: WorkspaceUnderTest,
  args: readonly string[],
  when: (request: IncomingMessage, number: number) => Strike | undefined,
): Promise<Ended & { readonly requests: number }> {
  const { requests } = workspace.emulator
  const watch = requests.watch.bind(requests)
  const target: { kill: () => void } = { kill: () => undefined }
  let number = 0
  let done = false
  requests.watch = (request, response) => {
    watch(request, response)
    number += 1
    const strike = done ? undefined : when(request, number)
    if (strike === undefined) return
    done = true
    if (strike === 'answered') response.once('finish', () => target.kill())
    else target.kill()
    if (strike === 'lost') request.socket.destroy()
  }
  try {
    const { child, ended } = await workspace.run(args)
    target.kill = () => void child.kill('SIGKILL')
    return { ...(await ended), requests: number }
  } finally {
    requests.watch = watch
  }
}
