import type Docker from 'dockerode'
import { z } from 'zod'
import { UserError } from '../errors.ts'

const answerMilliseconds = 3_000

/** Where dockerode found the engine, by DOCKER_HOST or the system's default. */
const address = z.object({ socketPath: z.unknown().optional(), host: z.unknown().optional() })

/**
 * The Docker engine of this machine. Throws `UserError` when none answers, or when the one that is configured is on
 * another machine: code and models are mounted, which only an engine that sees the same files can do.
 */
export async function dockerEngine(): Promise<Docker> {
  // Imported late: it is large, and most runs do without it.
  const { default: Engine } = await import('dockerode')
  const engine = new Engine({ timeout: answerMilliseconds })
  const { socketPath, host } = address.parse(engine.modem)
  if (!socketPath)
    throw new UserError(
      `The Docker engine at ${String(host)} is on another machine, which cannot see this machine's files.`,
      {
        hint: 'Unset DOCKER_HOST to use the engine of this machine, or run scoring servers as processes.',
      },
    )
  try {
    await engine.ping()
  } catch (cause) {
    throw new UserError('No Docker engine answers on this machine.', {
      hint: 'Start Docker, or run scoring servers as processes.',
      cause,
    })
  }
  // Waiting for a container has no time limit of its own.
  return new Engine()
}

/** Whether an engine's answer was 404: no such container, no such image. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 404
}
