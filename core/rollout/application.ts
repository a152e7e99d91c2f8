import { randomBytes } from 'node:crypto'
import type { ScoringRequest } from '../config/requests.ts'
import { UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { DeploymentSpec } from '../workspace/deployment.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Timeline } from './timeline.ts'

/** What applying a plan needs to know beyond the steps. */
export interface Application {
  readonly host: Host
  readonly workspace: Workspace
  readonly endpoint: string
  /** The candidate; its name is the deployment's. Not needed for taking back. */
  readonly candidate?: DeploymentSpec | undefined
  readonly requests: readonly ScoringRequest[]
  readonly timeoutSeconds: number
  readonly rolloutId: string
  readonly owner: string
  /** The endpoint that the plan was made from, and when; milliseconds since 1970. */
  readonly plannedOn: Endpoint
  readonly plannedAt: number
  /** Remembered on the endpoint when the rollout is over: what was refused. */
  readonly refused?: string | undefined
  /** Where it is kept how long each step took. */
  readonly timeline?: Timeline | undefined
}

/** Another run has taken this rollout over; this one stops and touches nothing more. */
export class TakenOverError extends UserError {
  override readonly name: string = 'TakenOverError'
}

/** The endpoint changed between looking and claiming; what to do must be planned anew. Nothing was written. */
export class StalePlanError extends Error {
  override readonly name: string = 'StalePlanError'
}

/** The candidate did not do what is asked of it. */
export class CandidateError extends UserError {
  override readonly name: string = 'CandidateError'
}

/** A name for a run or a rollout that no other has. */
export function uniqueName(): string {
  return randomBytes(6).toString('hex')
}

/** The endpoint once no change of it is under way. Throws a UserError when it is gone. */
export async function currentEndpoint({ workspace, endpoint, timeoutSeconds }: Application): Promise<Endpoint> {
  const live = await workspace.endpoints.settled(endpoint, { deadlineSeconds: timeoutSeconds })
  if (live) return live
  throw new UserError(`The endpoint "${endpoint}" does not exist any more.`)
}
