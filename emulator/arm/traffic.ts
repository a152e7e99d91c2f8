import { badRequest } from '../armError.ts'

export type Traffic = Readonly<Record<string, number>>

/**
 * Throws `ArmError` 400 unless traffic can go this way: to deployments that have been ready, in whole percents that
 * make 100 together, or 0. Mirrored traffic is at most half.
 */
export function checkTraffic(options: {
  readonly traffic: Traffic
  readonly mirrorTraffic: Traffic
  readonly isServable: (deployment: string) => boolean
}): void {
  for (const [word, traffic] of [
    ['Traffic', options.traffic],
    ['Mirrored traffic', options.mirrorTraffic],
  ] as const)
    for (const [deployment, percent] of Object.entries(traffic)) {
      if (percent < 0 || percent > 100)
        throw badRequest(`${word} of the deployment "${deployment}" must be between 0 and 100, not ${percent}.`)
      if (percent > 0 && !options.isServable(deployment))
        throw badRequest(`${word} names the deployment "${deployment}", which does not exist or has never been ready.`)
    }
  const total = sum(options.traffic)
  if (total !== 0 && total !== 100)
    throw badRequest(`The traffic of an endpoint must sum to 100 or to 0, not to ${total}.`)
  const mirrored = sum(options.mirrorTraffic)
  if (mirrored > 50) throw badRequest(`The mirrored traffic of an endpoint must sum to at most 50, not to ${mirrored}.`)
}

export function withoutDeployment(traffic: Traffic, deployment: string): Traffic {
  return Object.fromEntries(Object.entries(traffic).filter(([name]) => name !== deployment))
}

function sum(traffic: Traffic): number {
  return Object.values(traffic).reduce((total, percent) => total + percent, 0)
}
