import type { TargetConfigs, TargetDeployment } from '../config/targetDeployment.ts'

/** The deployment configuration of one target; that it is for this target was settled when it was read. */
export function deploymentFor<T extends keyof TargetConfigs>(
  target: T,
  deployment: TargetDeployment,
): TargetConfigs[T] {
  if (isFor(target, deployment)) return deployment.config
  throw new Error(`A configuration for ${deployment.target} was handed to the target ${target}.`)
}

function isFor<T extends keyof TargetConfigs>(
  target: T,
  deployment: TargetDeployment,
): deployment is TargetDeployment & { readonly target: T; readonly config: TargetConfigs[T] } {
  return deployment.target === target
}
