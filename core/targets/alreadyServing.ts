import { liveOf, withFreeName } from '../rollout/live.ts'
import { assembleRolloutPlan, type Policy } from '../rollout/plan.ts'
import type { DeploymentSpec } from '../workspace/deployment.ts'
import type { Service } from '../workspace/service.ts'
import type { Delivered } from './target.ts'

/**
 * What a deployment comes to when the service is just as it is wanted, and nothing of an earlier rollout is left to do;
 * undefined otherwise. It is told from the service alone: what the candidate refers to is named by its content.
 */
export function alreadyServing(
  service: Service,
  wanted: DeploymentSpec,
  { policy, now }: { readonly policy: Policy; readonly now: number },
): Delivered | undefined {
  const candidate = withFreeName(wanted, service)
  const live = liveOf(service, candidate)
  const plan = assembleRolloutPlan({ live, candidate: candidate.name, owner: '', rolloutId: '', policy, now })
  if (plan.kind !== 'unchanged' || plan.steps.length > 0) return undefined
  const { traffic, scoringUri, swaggerUri } = service.endpoint
  const state = service.deployments.find(({ name }) => name === plan.deployment)?.provisioningState ?? ''
  return {
    ...{ outcome: 'unchanged', deployment: plan.deployment, state },
    ...{ before: traffic, after: traffic, scoringUri, swaggerUri },
  }
}
